"""How networks and forwarders say it in English among themselves: short, abbreviated, with a connection in mind.

Invariant: data only. May import: core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule
from core.words.nouns import ENGLISH_WHO

_HELD = r"(?:held|hold|holding|detained|detention|seized|impounded|stopped|retained|blocked|withheld)"
_LEVY = r"(?:dut(?:y|ies)|tax(?:es)?|vat|gst|octroi|excise|sales tax|import charges?|levy|levies)"
_BACK = r"(?:shipper|sender|consignor|shpr|cnor|origin)"

ENGLISH_TRADE = (
    rule(
        Topic.LOSS,
        "foun astr coun shor",
        r"\b(?:cannot|can ?not|could not|can't|couldn't) be (?:found|traced) (?:in|at|on) |\b(?:gone|"
        r"went) astray\b|"
        r"\b(?:piece|carton|box|item)s? (?:count |counted )?short\b",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "addr such",
        r"\bnot deliverable as addressed|\bundeliverable as addressed|\bno such (?:number|street|building|house|"
        r"flat)",
        negatable=False,
    ),
    rule(
        Topic.REFUSAL,
        "inte want need",
        r"\b(?:not interested|no longer (?:wants?|wanted|needs?|needed|interested))\b",
        negatable=False,
    ),
    rule(
        Topic.LOSS,
        "rece recd rcvd recv rcd loca trac foun arri unlo avai",
        r"\bnot (?:received|recd|rcvd|recvd|rcd) (?:at|in|by|from) (?:the )?(?:dest\w*|dstn|dst|hub|depot|facility|"
        r"origin|station)\b|\btrac(?:ing|ed|er)\b[^.;]{0,25}\bnot (?:located|found)\b|"
        r"\bnot (?:located|found|traceable|available) (?:at|in|on) (?:the )?(?:warehouse|hub|depot|dest\w*|arrival|"
        r"airport|inventory|unload\w*)",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "with such need requ shif mism mis name dept room flat unit hous relo",
        r"\bwithout (?:an? |any )?(?:pin ?code|zip(?: ?code)?|post(?:al)? ?code|(?:house|street|door|flat|unit) "
        r"(?:number|no|name)\b|(?:full |complete |proper )?address)|"
        r"\bno such (?:co|cnee|consignee|firm|premises|shop|office|flat|unit|apartment|place|village|locality|name)\b|"
        rf"\b(?:{ENGLISH_WHO}|company|firm|office) (?:has |have |is |was )?(?:been )?(?:shifted|relocated)\b|"
        r"\b(?:need|require)[sd]? (?:the |an? )?(?:dept|department|room|flat|unit|suite|apartment|apt|floor|building|"
        r"house|street|company|extn?|extension)\b[^.;]{0,15}\b(?:name|no|number|details)\b|"
        r"\b(?:name|surname)\b[^.;]{0,15}\bmis-?match",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "chec",
        rf"\b{ENGLISH_WHO}\b[^.;]{{0,20}}\b(?:not (?:yet )?checked in|(?:already |has )?checked out)\b|"
        rf"^(?:guest )?(?:not (?:yet )?checked in|checked out)\b",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "dut duti duty tax taxe vat gst octr exci levy regu auth perm lice noc impo seiz levi",
        rf"\b{_HELD}\b[^.;]{{0,20}}\b{_LEVY}|\b{_HELD}\b[^.;]{{0,25}}\b(?:regulatory|authorit(?:y|ies)|excise|"
        rf"import permit)\b|\b(?:awaiting|pending|unpaid|outstanding) (?:payment of )?(?:the )?{_LEVY}|"
        r"\bregulatory (?:paperwork|documents?|clearance|approval|permit|authorit\w+|p/w)|"
        r"\b(?:permit|licen[cs]e|noc) (?:is |was )?(?:awaited|pending|missing|required|needed|not (?:received|"
        r"available))|\b(?:awaiting|pending|missing) (?:the |an? |\w+ )?(?:permit|licen[cs]e|noc)\b",
    ),
    rule(
        Topic.RETURN,
        "redi rero rout dive book forw rebo",
        rf"\b(?:redirected|re-?routed|routed|diverted|rebooked|forwarded)\b[^.;]{{0,20}}\bto (?:the )?{_BACK}\b(?! "
        r"(?:facility|hub|depot|station|office|branch|terminal|airport))",
        negatable=False,
    ),
    rule(
        Topic.WEATHER,
        "fog smog sand dust mist hail",
        r"\b(?:heavy|thick|dense|severe|freezing|due to|because of) (?:fog|smog|mist|hail)\b|\b(?:sand|dust) ?storm",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "cons conn emba brea late rest",
        r"\b(?:space|capacity|time|man ?power|resource|uplift|load) (?:constraints?|restrictions?)\b|"
        r"\bnot connected\b(?! (?:to|with|by phone))|\bembargo on\b|\b(?:due to|under|because of) (?:an? |the )?"
        r"(?:\w+ )?embargo\b|\bbreak-down\b|\blate (?:incoming|inbound|arriving|running) (?:\w+ )?(?:truck|flight|"
        r"vehicle|train|vessel|trailer|linehaul|aircraft|feeder)",
        negatable=False,
    ),
)
