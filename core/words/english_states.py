"""What may be wrong with what, in English: families of nouns beside families of states.

A lorry is late, cancelled or stuck, a road closed or flooded, a house number missing or wrong: no table lists all of
these pairs, so the nouns and the states are listed apart.

Invariant: data only. May import: core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule
from core.words.nouns import ENGLISH_WHO

_BE = r"(?: (?:is|are|was|were|has|have|had|been|being|got|currently|still|reported|temporarily))*"
_CARRIES = (
    r"(?:plane|aircraft|flight|train|truck|lorry|trailer|vessel|ship|ferry|barge|feeder|van|vehicle|bus|line ?haul|"
    r"motorcycle|bike|driver|courier|rider|delivery (?:person|agent|man))"
)
_FAILS = (
    r"(?:cancell?ed|grounded|late|delayed|stuck|stranded|overbooked|stopped|broken|broke down|ill|sick|"
    r"out of service|off the road|breakdown|failure|(?:had|met with|involved in)? ?(?:an? )?accident|"
    r"running (?:\w+ ){0,4}(?:late|behind))"
)
_WAY = r"(?:road|bridge|tunnel|motorway|highway|port|airport|airspace|border|rail(?:way)?(?: line)?|canal|pass|route)"
_PART = (
    r"(?:street|house|building|apartment|flat|suite|floor|area|landmark|locality|city|town|post ?code|postal code|"
    r"zip(?: code)?|pin ?code|mail ?box|letter ?box|name ?plate|door ?bell|premises|(?:delivery )?address|"
    rf"delivery location|{ENGLISH_WHO}(?:'s)? name)"
)
_AMISS = (
    r"(?:missing|omitted|absent|incomplete|insufficient|inadequate|incorrect|wrong|invalid|unknown|unclear|illegible|"
    r"out-?dated|ambiguous|unidentified|not (?:given|provided|stated|mentioned|found|traced|traceable|identified|"
    r"recogni[sz]ed|known|legible|specified)|(?:cannot|could not|couldn't|can't) be (?:found|identified|located|traced|"
    r"recogni[sz]ed|verified|read))"
)
_NEEDED = (
    r"(?:missing|required|needed|incorrect|wrong|invalid|incomplete|pending|awaited|not (?:provided|given|received))"
)

ENGLISH_STATES = (
    rule(
        Topic.LOSS,
        "shor empt noth went gone",
        r"\b(?:arrived|received|delivered|landed|scanned) short\b|\bshort (?:on|at|upon) (?:arrival|delivery|receipt|"
        r"unload\w*)|\b(?:box|carton|parcel|package|pallet|bag|envelope) (?:came|arrived|was|is|found|received)+ "
        r"empty\b|\bnothing found\b|\b(?:went|gone) missing\b",
        negatable=False,
    ),
    rule(
        Topic.DAMAGE,
        "pier mold moul mild rott cold chew gnaw infe",
        r"\b(?:pierced|mou?ld(?:y)?|mildew\w*|rotten|rotted|chewed|gnawed|infested)\b|\bcold chain (?:was |is )?"
        r"(?:broken|interrupted|breach\w*|failure)",
    ),
    rule(
        Topic.REFUSAL,
        "will woul does disp deni deny turn acce decl didn did",
        rf"\b{ENGLISH_WHO} (?:will|would|does|did) ?(?:not|n't)(?: want to)? (?:pay|accept|take|receive)\b|"
        rf"\b{ENGLISH_WHO} (?:disputes?|disputing|den(?:ies|ied)|declines?|declined)\b|\bturned away\b|"
        r"^not accepted\b|\bdelivery (?:was )?declined\b",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "stre hous buil apar flat suit floo area land loca city town post zip pin pinc mail lett "
        "name door prem addr deli pers cons insu inad inco miss data unkn know rcvr ambi buye occu "
        "omit ille reco outd deta info",
        rf"\b{_PART}(?: (?:code|number|no\.?|name|details?|info|information))?(?: (?:on|in|of|from) (?:the )?\w+)?"
        rf"{_BE} (?:appears? )?{_AMISS}\b(?! (?:deliver|parcel|package|shipment|scan))",
        rf"\b(?:missing|insufficient|inadequate|incomplete|unclear|incorrect|invalid) {_PART}\b|"
        rf"\b(?:person|name|{ENGLISH_WHO}|company|firm){_BE} (?:unknown|not (?:known|recogni[sz]ed)) (?:to|at|by|in)\b|"
        rf"\b{ENGLISH_WHO}(?:'s)? (?:contact )?(?:details?|data|info\w*){_BE} {_AMISS}\b",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "rang nobo hosp shut sign fact plan insi rece knoc nobo noon one",
        r"\b(?:nobody|no ?one) (?:came|opened|lives?|lived|inside|responding|to open)\b|\bshuttered\b|\bin hospital\b|"
        r"\bhospitali[sz]ed\b|\bno (?:authori[sz]ed |eligible |valid )?signator(?:y|ies)\b|"
        r"\b(?:factory|plant|site|works|production|company) (?:is |was )?(?:shut ?down|shut)\b|"
        r"\bno (?:goods )?receiving\b(?! (?:address|date))",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "form lice perm unde cust clea xray ray hs tari comm harm agen mini gove brok impo powe decl pay appr",
        r"\bformal (?:customs )?entry (?:is |was )?(?:required|needed)|\b(?:need|require)s? (?:an? |the )?(?:import|"
        r"export) "
        r"(?:licen[cs]e|permit|declaration)|\bunder-?valu(?:ed|ation)\b|\bcustoms (?:is |are |has |have |authorities |"
        r"officers? )*(?:requests?|requesting|demands?|demanding|asks?|asking|questions?|wants?)\b",
        r"\b(?:needed|required?s?|missing|vague|insufficient|incomplete|inadequate)\b[^.;]{0,25}\bfor (?:customs |"
        r"import )?clearance\b|\bx-?ray (?:by|at) customs|\bcustoms x-?ray|\b(?:random|routine|spot|physical) customs "
        r"(?:check|inspection|control|exam\w*)\b|\bcustoms (?:check|control)\b(?! (?:passed|completed?|done|ok))",
        rf"\b(?:hs|tariff|commodity|harmoni[sz]ed|customs) (?:tariff )?(?:code|number|description)s?{_BE} {_NEEDED}|"
        rf"\b(?:missing|invalid|incorrect) (?:hs|tariff|commodity|harmoni[sz]ed) code|"
        rf"\b(?:agency|government|ministry|importer|export|import) approval{_BE} {_NEEDED}|"
        rf"\bpower of attorney{_BE} {_NEEDED}",
        r"\b(?:must|has to|have to|needs? to|to) pay (?:the )?(?:import |customs )?(?:vat|dut(?:y|ies)|taxes|"
        r"charges)\b|\b(?:broker|customs agent|importer) (?:has |have )?(?:not|yet)\b|\b(?:appoint|nominate|"
        r"assign)\w* (?:an? |the )?(?:customs )?broker",
    ),
    rule(
        Topic.RETURN,
        "reca sent home back",
        r"\brecall(?:ed)? (?:by|from|request\w*) |\b(?:for|requests?|requested|under) (?:a |the )?recall\b|"
        r"\bsent back to (?:the )?(?:\w+ )?(?:of|at) origin|"
        r"\bsent back to (?:the )?(?:\w+ )?(?:warehouse|depot|facility) of origin|"
        r"\b(?:back|home) to (?:the |its |our )?(?:sender|vendor|merchant|seller|shipper|consignor|supplier|client)\b",
        negatable=False,
    ),
    rule(
        Topic.WEATHER,
        "snow floo trop down rain thun",
        r"\bsnowed (?:in|under|up)\b|\bflood(?:s|ed|ing)?\b(?! (?:light|lamp|street|road name))|\btropical (?:storm|"
        r"depression|cyclone)|\bdownpours?\b|\b(?:heavy|torrential|continuous) rain(?:s|fall)?\b",
    ),
    rule(
        Topic.DELAY,
        "plan airc flig trai truc lorr vess ship ferr barg feed van vehi bus line moto bike driv cour ride deli",
        rf"\b{_CARRIES}s?{_BE} {_FAILS}(?! (?:label|delivery notice))\b",
    ),
    rule(
        Topic.DELAY,
        "tour trip run line miss make made road brid tunn moto high port airp bord rail cana pass "
        "rout airs powe elec blac fuel stri many held over sort load cut slot queu too",
        r"\b(?:route|tour|trip|run|linehaul) (?:was |is )?(?:cancell?ed|aborted|interrupted)\b|"
        rf"\bmissed (?:the |its |a |our )?(?:\w+ )?{_CARRIES}\b|\b(?:cut-?off|slot|{_CARRIES}){_BE} missed\b|"
        rf"\bnot (?:make|made) (?:it )?(?:on |onto |to )?(?:the |its )?(?:\w+ )?(?:{_CARRIES}|cut-?off)\b|"
        rf"\b{_WAY}s?{_BE} (?:closed|shut|blocked|congested|impassable|closure|blockade)\b(?! (?:by|at) customs)|"
        r"\broad ?works?\b",
        r"\b(?:power|electricity) (?:cut|outage|failure)s?\b|\bblackout\b|\bfuel (?:shortage|crisis|strike)|"
        r"\bstrikes? (?:at|in|by|action|affecting|among)\b|\btoo many (?:parcels|packages|shipments|stops|orders|items|"
        r"deliveries)|\bheld over (?:to|until|till|for)\b|\b(?:sorted|loaded|handed over|arrived|came|processed|"
        r"unloaded) too late\b|\bslots? (?:is |are |was )?(?:not available|unavailable|full)\b|"
        r"\bwaiting in (?:the )?(?:queue|line)\b|\bin (?:the |a )?queue\b",
    ),
)
