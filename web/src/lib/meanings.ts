// What a code can mean: the words of the core, in the order of a parcel's way.

export const MILESTONES = [
  "announced", "picked_up", "in_transit", "customs", "out_for_delivery", "available", "attempt_failed", "delivered",
  "returning", "returned", "exception", "cancelled", "pending", "expired",
] as const;

export const DETAILS = [
  "departed", "arrived", "sorted", "handed_over", "flight", "customs_held", "customs_cleared", "delayed", "damaged",
  "lost", "held", "misrouted", "repacked", "refused", "absent", "bad_address", "unclaimed", "disposed", "weighed",
  "rescheduled", "redirected",
] as const;

export const CULPRITS = ["carrier", "shop", "consignee", "customs", "weather", "nobody"] as const;
