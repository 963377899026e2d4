"""How carriers say it in English.

Invariant: data only. May import: core.words.english_states, core.words.english_trade, core.words.english_ways,
core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.english_states import ENGLISH_STATES
from core.words.english_trade import ENGLISH_TRADE
from core.words.english_ways import ENGLISH_WAYS
from core.words.kinds import Language, Topic, pattern, rule
from core.words.nouns import ENGLISH_IT, ENGLISH_WHO

_BE = r"(?: (?:is|are|was|were|has|have|had|been|be|being|got|get|reported|arrived|found|appears?|currently|still|to))*"
_ORIGIN = r"(?:sender|shipper|seller|origin|merchant|vendor|retailer|consign[oe]r|warehouse of the sender|store)\b"

ENGLISH = Language(
    name="en",
    rules=(
        rule(
            Topic.LOSS,
            "misp misl inve sear trac lost loss stol thef miss cann can coul unab fail foun loca "
            "rece shor pilf untr wher disa unac vani disc robb hija empt inco cont pack able",
            r"\b(?:misplaced|mislaid)\b",
            r"\b(?:investigation|search|trace|tracer)\b[^.;]{0,20}\bto (?:locate|find|trace)\b",
            r"\bunaccounted\b|\bvanished\b|\bnot received (?:at|in|by) (?:the )?(?:destination|"
            r"hub|depot|facility)|\bpieces? (?:short|missing)|\bdiscrepan\w+ in (?:pieces|"
            r"quantity)|\brobbed\b|\brobbery\b|\bhijack",
            r"\blost\b(?! (?:time|and found|property)| ?&)|\bstolen\b|\btheft\b|\bpilfer\w+|"
            r"\b(?<!address )(?<!addressee )(?<!consignee )(?<!customer )(?<!recipient )untraceable\b(?! (?:address|"
            r"consignee|customer|recipient))|\bwhereabouts unknown",
            r"\b(?:empty (?:package|parcel|box|carton|envelope|mailbag)|(?:package|parcel|box|carton|envelope)"
            r" (?:is |was |arrived |received |found )*empty)\b|\bcontents? (?:are |is |was |were )?incomplete\b"
            r"|\bincomplete (?:shipment|consignment|delivery)\b(?! (?:details|information|address|instruction))"
            r"|\bshort (?:delivered|delivery|quantity|pieces?)\b|^shortage\b",
            rf"\bloss of (?:the |this |your )?{ENGLISH_IT}|\b(?:total|confirmed|suspected|presumed|"
            rf"reported) loss\b|\bdisappeared\b",
            rf"\b{ENGLISH_IT}{_BE}(?: declared)? missing\b|\bmissing (?:from )?{ENGLISH_IT}|\b{ENGLISH_IT} shortage|"
            rf"\bshortage of\b|\bshort[- ]?(?:shipped|landed|received)\b",
            r"\b(?:can ?not|can't|could not|couldn't|unable to|not able to|failed to) (?:be )?"
            rf"(?:locate|find|found|trace)d? (?:the |your |this )?{ENGLISH_IT}\b(?! ?(?:address|location|point|site))",
            rf"\b{ENGLISH_IT}{_BE} (?:can ?not|can't|could not|couldn't|not)(?: yet)?(?: be|"
            rf" been)? (?:located|found|traced)\b",
        ),
        rule(
            Topic.DAMAGE,
            "dama crus shat smas dent leak wate brok torn wet soak open spil rupt mang burs ripp "
            "tamp poor bad punc cras cont wrec brea crac dest comp frag unse soil bent spoi peri "
            "defa",
            r"\b(?:cracked|destroyed|compromised packag\w+|contaminated|breakage|defaced|squashed|"
            r"bent|perished|spoil(?:ed|t)|soiled)\b|\bbroke (?:open|in transit)|\bpackag(?:e|"
            r"ing) (?:is |was )?(?:compromised|opened|unsealed)",
            r"\bdamag(?:e|es|ed|ing)\b",
            r"\b(?:crushed|shattered|smashed|dented|leaking|leaked|leakage|water[- ]?logged|"
            r"spill(?:ed|age)|ruptured|mangled|punctured"
            r"|tampered)\b",
            r"\bbroken\b(?![ -]?(?:down|bow|arrow|hill))|\btorn\b|\bburst open\b|\bripped\b",
            rf"\b{ENGLISH_IT}{_BE} (?:wet|soaked|opened(?! (?:by|for|at) ))\b|\bin (?:poor|bad) condition\b",
        ),
        rule(Topic.REPACK, "repa re rewr", r"\bre-?pack(?:ed|aged|aging|ing)?\b|\bre-?wrapp?(?:ed|ing)\b"),
        rule(
            Topic.REFUSAL,
            "refu reje decl acce want unwi orde canc deni expe won unso unwa long plac occu didn did resi has",
            r"\b(?:rejected|declined) by (?:the )?(?:distribution|fulfil\w+|receiving|warehouse|store|company|"
            r"business|site|dc)\b",
            rf"\b{ENGLISH_WHO}(?: \w+)? (?:did not|didn't|denies|denied|has not) (?:order|ordering|"
            rf"ordered|place\w*|accept\w*|request\w*)|\b(?:not|never) ordered\b|"
            rf"\bno longer (?:wanted|wants|needed)\b|\bunsolicited\b|\bdenied (?:by|acceptance)|"
            rf"\b(?:consignee|recipient|receiver|addressee) (?:has )?cancell?ed\b|\b{ENGLISH_WHO} (?:is |was )?not "
            rf"expecting\b|"
            rf"\b(?:won't|unwilling to) (?:accept|receive|take|pay)\b",
            r"(?:^|[-–:/,] ?)(?:rejected|declined)\b(?! by (?:the )?(?:\w+ )?(?:customs|authorities|border|system))",
            r"\b(?<!customs )(?<!customs have )(?<!customs has )(?<!authorities )(?<!authorities have )refus(?:ed|es|"
            r"al|ing)\b(?! by (?:the )?(?:\w+ )?(?:customs|authorities|border))",
            rf"\b(?:rejected|declined|not accepted|unwanted) by (?:the )?{ENGLISH_WHO}|\b{ENGLISH_WHO}(?: has|"
            rf" have)? (?:rejected|declined)"
            r"|\bdelivery (?:was |has been )?(?:rejected|declined)\b",
            rf"\b{ENGLISH_WHO} (?:does not|doesn't|did not|didn't|do not|would not|will not) (?:want|"
            rf"accept)|\bunwilling to accept"
            rf"|\b{ENGLISH_WHO} unwanted|\bnot accepted by\b",
        ),
        rule(
            Topic.ADDRESS,
            "furt addi more shif relo untr chan addr miss inco wron inva unkn inac ille does cann "
            "can coul not unab fail no such unde vaca bad insu uncl unre none faul left move relo "
            "resi deni requ new chan misa unlo mism dece suit un flat need",
            r"\b(?:further|additional|more|complementary) address(?: (?:information|details?|data))? (?:is |"
            r"are )?(?:needed|required|necessary)",
            rf"\b{ENGLISH_WHO} (?:has |have )?(?:shifted|relocated)\b|\b{ENGLISH_WHO} (?:is |was )?untraceable\b|"
            rf"\buntraceable {ENGLISH_WHO}",
            rf"\b{ENGLISH_WHO}(?:'s)? address (?:has |is )?change[ds]?\b(?! (?:by|per|on|request))",
            r"\b(?:street|house|apartment|apt|flat|room|suite|unit|building|door|post ?code|"
            r"postal code|zip(?: code)?|city|town|name|location|property|destination|premises|"
            r"landmark)s?\b(?: (?:name|number|no|code))?[^.;,]{0,20}\b(?:not (?:found|located|"
            r"provided|given|on (?:the )?(?:door|bell|list|mailbox))|missing|incorrect|wrong|"
            r"invalid|incomplete|unknown|inaccurate|illegible|does not (?:exist|match)|"
            r"cannot be (?:found|located)|could not be (?:found|located))\b",
            rf"\bno such (?:{ENGLISH_WHO}|company|business|house|building)|\b(?:unable|failed|"
            rf"not able) to (?:locate|find|identify|verify) (?:the )?(?:\w+ )?(?:address|premises|"
            rf"house|property|location|building|business|destination)",
            rf"\b(?:{ENGLISH_WHO}|company|business|tenant|occupier)(?: is| has|"
            rf" has been)?(?: (?:no longer|not)) (?:at(?! home)|living|working|based|there)|"
            rf"\b(?:{ENGLISH_WHO}|person) (?:has )?(?:left|resigned|deceased at)(?: the)? (?:company|"
            rf"address|premises|job)|\bmis-?addressed|\bbadly addressed|\b(?:change of|changed|"
            rf"new) address required",
            r"\b(?<!delivered to )(?<!delivered at )(?<!misrouted to )(?:incorrect|incomplete|insufficient|wrong|bad|"
            r"invalid|unknown|missing|illegible|inaccurate|unclear|unreadable|nonexistent|faulty)"
            r"(?:,? \w+){0,3} address",
            r"\baddress(?:ee|es)?\b(?: (?!corrected)\w+){0,5} (?:unoccupied|incorrect|incomplete|"
            r"insufficient|wrong|invalid|unknown|not found|unclear|illegible|missing"
            r"|inaccurate|cannot be (?:found|located)|could not be (?:found|located)|"
            r"not (?:complete|correct|valid|recognised|recognized)"
            r"|does not exist|doesn't exist|unreadable|inaccessible|vacant)",
            r"\baddressing (?:error|problem|issue)|\bverifying (?:the )?(?:recipient\'?s? |"
            r"delivery |customer )?address|\baddressee (?:gone away|left|deceased left)|"
            r"\baddress (?:issue|problem|error|query|exception|discrepancy|clarification|"
            r"(?:correction|verification|information|details?) (?:is |are )?"
            r"(?:required|needed|requested|missing))|\b(?:need|require|"
            r"request)\w*\b[^.;]{0,30}\baddress (?:information|details|correction)",
            r"\b(?:incorrect|incorret|wrong|invalid|incomplete|missing|bad|mismatched) (?:consignee )?(?:city|area|"
            r"district|pin ?code|pin|building|house|street|flat|landmark|locality|location details|province|region|"
            r"town|state)\b(?! of )|\b(?:pin ?code|city|area) (?:mismatch|is wrong)",
            rf"\b{ENGLISH_WHO} (?:is |was )?(?:not (?:found|traceable|identified|known)|untraceable|unlocated|has "
            rf"shifted|"
            rf"shifted)\b|\bun ?located\b|\baddress (?:is |was )?(?:not traceable|untraceable|unlocatable|incorrect)|"
            rf"\buntraceable (?:address|consignee)",
            r"\bno such (?:number|street|person|address)|\bundeliverable as addressed|"
            r"\b(?:attempted|addressee) (?:-+ )?(?:not known|unknown)\b",
            r"\b(?:unable|failed) to (?:locate|find) (?:the )?(?:delivery |recipient'?s? |"
            r"correct )?(?:address|premises|house|property|recipient|consignee|addressee|"
            r"customer)"
            r"|\b(?:can ?not|could not|couldn't) (?:locate|"
            r"find) (?:the )?(?:delivery )?(?:address|premises|house|property|recipient|consignee|"
            r"addressee|customer)",
            rf"\b(?:{ENGLISH_WHO}|business|company|tenant)(?: has| have| had)?(?: been)? (?:moved|"
            rf"relocated)\b|\bmoved,? (?:and )?left no (?:forwarding )?address"
            rf"|\b(?:{ENGLISH_WHO}) (?:is |was )?(?:unknown|not known|not (?:located|found) at)\b|\bnot known at\b"
            rf"|\b(?:does not|doesn't|no longer|not) (?:live|lives|living|reside|resides|residing|"
            rf"work|works)\b|\bno longer (?:at|lives|resides)\b",
            r"\b(?:street|apartment|suite|house|flat|unit|postal|post ?code|zip)(?: (?:code|"
            r"number|name|no\.?|or|suite|apartment|unit|is|was|either))*"
            r" (?:incorrect|missing|wrong|invalid|incomplete|required|needed)\b"
            r"|\b(?:incorrect|wrong|missing|invalid) (?:street|apartment|suite|house|flat|postal|"
            r"post ?code|zip)\b|\b(?:house|street|flat|unit|building)(?: number)? (?:does not|"
            r"doesn\'t) exist|\bvacant (?:property|premises|house)|^vacant$",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "avl hous resi answ resp busi not no nobo noon abse unav away out clos shut lock off "
            "unre unan busy unab fail miss you vaca leav holi trav unat cann can coul on arou repl "
            "didn does",
            r"[-–:] ?unreachable\b|\bnot avl\b|\b(?:house|home|residence|flat|apartment|gate|factory|warehouse|"
            r"building)(?: is| was| found)? (?:locked|closed)\b(?! (?:due|because|road))",
            rf"\b{ENGLISH_WHO}(?:'s)? (?:company |business )?(?:is |was |has gone |went )?out of business",
            r"\b(?:was|were|is) not around\b|^absence\b",
            rf"\b{ENGLISH_WHO} (?:did not|didn't|does not|doesn't|has not|would not) (?:answer|respond|reply|open|"
            rf"come to "
            rf"the door)",
            r"\b(?:sun|mon|tues|wednes|thurs|fri|satur)day(?: ?[/&,] ?\w+)? (?:is |was )?closed\b|\bweekends? closed\b|"
            r"\bclosed? (?:address|premises|door)\b|\bdoor (?:was |is )?closed\b",
            r"\bholiday\b[ ,-]+closed|\b(?:recipient|consignee|customer|"
            r"receiver)(?:'s)? (?:on )?(?:vacation|holidays?)\b|\bclosed for\b(?! (?:pick|coll))",
            rf"\b(?:{ENGLISH_WHO}|customer|consignee|phone|mobile|cell|telephone|number|"
            rf"calls?)\b[^.;,]{{0,15}}\b(?:not (?:answer\w*|respond\w*|reachable|picked|picking|"
            rf"responsive|contactable|connected)(?! up (?:the|your|this|his|her|its?|parcel|shipment|package|item))|"
            rf"unanswered|unreachable|switched off|turned off|(?<!dropped )(?<!drops )off|closed|"
            rf"busy|no (?:answer|response|reply))\b",
            r"\b(?:no (?:answer|response|reply)|nobody|no ?one)\b(?! (?:required|needed))(?=$|"
            r"[ .,;-]*(?:$|left|card|will|at|to|from|on|when|during|delivery|available|home|"
            r"here))|\b(?:office|business|shop|store|premises|company|factory|school|reception|"
            r"receiving|dock)(?: is| was)?(?: \w+)? (?:shut|closed|locked)\b(?! (?:due|because))|"
            r"\bclosed (?:at|on|during) (?:time of |the )?(?:delivery|arrival|attempt)",
            r"\bunattended\b|\bout of (?:office|town)\b|\b(?:recipient|consignee|customer|"
            r"receiver|addressee) (?:is |was )?(?:travell?ing|out of|on leave|busy)",
            r"\bnot (?:at )?home\b|\b(?:no ?(?:one|body)|nobody)(?: else)? (?:was |is |"
            r"were )?(?:at )?(?:the )?(?:home|available|there|in|present|around|answer\w*|"
            r"to (?:sign|accept|receive)|"
            r"on site)\b",
            rf"\b{ENGLISH_WHO}(?: or \w+)?(?: was| is| has been| currently)* (?:absent|unavailable|away|"
            rf"out\b|closed|on (?:vacation|holiday|leave)|not"
            r" (?:at |currently )?(?:home|available|in|present|there|contactable|reachable|on site))",
            r"\b(?:absent|unavailable) (?:recipient|consignee|customer|receiver|addressee)|"
            r"\b(?:you were|you weren't|you were not) (?:out|in|home|available|at home|not)\b"
            r"|\bmissed you\b|\babsence of (?:the )?(?:recipient|consignee|customer|receiver|addressee)",
            r"\b(?:business|office|premises|shop|store|company|firm|site|location|establishment|"
            r"mailroom|receiver|consignee)(?: premises| location| address)?"
            r"(?: was| is| were| has been)?(?: temporarily| permanently| already|"
            r" currently)? closed\b(?! (?:due|because))|\bclosed (?:for|on) (?:the )?(?:holiday|"
            r"weekend|vacation|arrival|business day)",
            rf"\b(?:unable|failed|not able) to (?:contact|reach) (?:the )?{ENGLISH_WHO}|"
            rf"\b{ENGLISH_WHO} (?:can ?not|could not|couldn't) be (?:contacted|reached)"
            rf"|\b(?:can ?not|could not|couldn't) (?:contact|reach) (?:the )?{ENGLISH_WHO}|"
            rf"\bnot (?:answering|picking up)\b|\b(?:phone|mobile|cell)(?: phone)?(?: is|"
            rf" was)? (?:switched off|off|unreachable|not reachable)|\b(?:door|gate)(?: was|"
            rf" is)? locked|\bno (?:answer|response|reply) (?:at|from)\b"
            r"|\bno (?:authori[sz]ed )?(?:recipient|person|signatory|adult|receiver|"
            r"consignee) (?:was |is )?(?:available|present|home)"
            r"|\bno ?(?:one|body) to (?:sign|receive|accept)",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "tax gove regu seiz cust clea duti duty impo bord uncl bios quar auth heal food taxe",
            r"\b(?:tax|government|regulatory|food|health) (?:authorit(?:y|ies)|agenc(?:y|ies)|departments?) (?:is |"
            r"are |has |have )?(?:hold|held|detain|retain|inspect)\w*",
            r"\b(?:seiz(?:ed|ure)|detention) (?:at|by|in) customs?\b|\bcustom hold\b|"
            r"\b(?:exception|issue|problem|error|failure)s?\b[^.;]{0,25}\b(?:customs|clearance)\b",
            r"\breturned to (?:\w+ )?customs\b|\b(?:refused|held|hold|detain(?:ed)?|retained|"
            r"seized|stopped|impounded|confiscated|intercepted|rejected|delay(?:ed|s)?|stuck|"
            r"inspect(?:ed|ion)|exam(?:ined|ination)?"
            r"|pending|awaiting|waiting|missing|incomplete|required?|"
            r"requires)\b[^.;]{0,40}\b(?:customs|clearance|border (?:agency|force|control|"
            r"protection))\b",
            r"\b(?<!released by )(?<!released from )(?<!cleared by )(?<!cleared )(?:customs|clearance|border (?:agency|"
            r"force|control|protection))\b[^.;]{0,30}\b(?:holds?|held|holding|detain(?:ed)?|detention|seized|"
            r"seizure|delay(?:ed|s)?|inspection|inspecting|"
            r"examination|exam|rejected|refused|issue|problem|query|pending|awaiting|missing|"
            r"incomplete|unpaid|outstanding|required?|requires|needs|needed|"
            r"requested|exception|failed|failure|not (?:yet )?(?:cleared|released|complete\w*))\b",
            r"\b(?:duty|duties|import tax\w*|import vat|import charges?|"
            r"import fees?)\b[^.;]{0,25}\b(?:unpaid|outstanding|due|required|owed|payable|"
            r"to be paid|not (?:been )?paid|pending)\b"
            r"|\b(?:awaiting|pending|requires?) (?:the )?(?:payment of )?(?:customs |"
            r"import )?(?:duty|duties|taxes|customs charges)",
            r"\bcustoms (?:fee|charge|dut(?:y|ie)|tax)\w*\b[^.;]{0,15}\b(?:due|payable|owed|"
            r"outstanding|unpaid|to pay)\b|\b(?:detained|seized|held|stopped) (?:by|"
            r"at) (?:the )?(?:\w+ )?(?:biosecurity|quarantine|border|authorit)|"
            r"\bimport\w*\b[^.;]{0,20}\b(?:prohibited|not permitted|not allowed|denied|"
            r"restricted)\b|\buncleared\b",
        ),
        rule(
            Topic.RETURN,
            "way retu rts rto back send reve",
            r"\breturn (?:package|parcel|shipment)\b(?! (?:label|policy|request|fee|cost))|^item return(?:ed)?$",
            rf"\bon (?:its|the) way (?:back )?to (?:the )?(?:original )?{_ORIGIN}|\breturn (?:package|parcel|"
            rf"shipment)\b[^.;]{{0,40}}\b(?:received|delivered|arrived)",
            r"\breturn(?:s)? (?:in transit|to (?:origin|shipper|sender|merchant|seller)|"
            r"out for delivery|received at origin|delivered|on the way|dispatched|"
            r"authori[sz]ed)\b|\breverse (?:logistics|pickup)|\brto\b|"
            r"^returned(?=$| ?[-–:,.(/]| (?:as|due|because|for|under|per|by)\b)|"
            r"\b(?:is|was|been|being) sent back\b(?! (?:in)?to (?:the )?(?:\w+ )?(?:depot|hub|facility|station|"
            r"office))",
            rf"\breturn(?:ed|ing|s)?\b(?: (?!label|address)[\w']+){{0,4}} (?:back )?to (?:the |"
            rf"its |your |original )*{_ORIGIN}|\brts\b",
            rf"\b(?:sent|sending|send|going|way|shipped|transported|forwarded|"
            rf"travell?ing) back (?:to )?(?:the |its )?(?:original )?(?:{_ORIGIN}|"
            rf"country of origin)"
            rf"|\bback to (?:the |its )?(?:original )?{_ORIGIN}",
            r"\breturn(?: (?:shipment|process|journey|delivery|to origin|transport|"
            r"of (?:the )?(?:shipment|parcel|package|item)))?"
            r"(?: has| have| was| is)*(?: been)? (?:initiated|started|in progress|in transit|"
            r"processed|begun|under ?way|received at origin)\b"
            rf"|\b{ENGLISH_IT} (?:is |are |was |has been |have been |"
            rf"will be )*(?:being )?returned\b(?! (?:in)?to (?:the |a |our |"
            rf"your )?(?:\w+ ){{0,2}}(?:depot|post|customs|"
            r"facility|station|hub|office|terminal|branch|building|carrier|courier|circulation|network|fedex|ups|dhl))"
            r"|\bbeing returned\b(?! to (?:the |a |our )?(?:\w+ ){0,2}(?:depot|post|customs|"
            r"facility|station|hub|office|terminal|branch|building|carrier))",
            negatable=False,
        ),
        rule(
            Topic.WEATHER,
            "weat typh hurr snow stor floo bliz torn natu seve eart wild volc cycl mons rain ice icy "
            "wint fog thun stro high wind hail ligh heat extr froz free land aval mud sand tsun lava "
            "erup road muds",
            r"\b(?:bad|severe|adverse|inclement|extreme|winter|poor|hazardous|stormy|"
            r"difficult) weather\b|\bweather[- ](?:delay|condition|event|related|disruption|issue|"
            r"emergency|problem)s?"
            r"|\b(?:due|owing) to (?:the )?(?:\w+ )?weather|"
            r"\bbecause of (?:the )?(?:\w+ )?weather|\bby (?:the )?weather\b|\bweather exception|"
            r"^weather\b",
            r"\broads? (?:\w+ )?(?:icy|iced|snowed)|\btyphoon|\bhurricane\b|\bsnow ?(?:storm|fall)?\b|\bstorms?\b|"
            r"\bflood(?:s|ing|ed)?\b|\bblizzard|\btornado|\bnatural disaster|\bearthquake|\bwildfires?\b"
            r"|\bcyclone|\bmonsoon|\bheavy rain|\bvolcanic|\bicy (?:road|condition)|\bice storm|\bdense fog|"
            r"\bthunder\w*|\b(?:strong|high|gale(?:-force)?|heavy) winds?\b|\bhail(?:storm)?\b|\blightning|\bheat "
            r"?wave|"
            r"\bextreme (?:cold|heat|temperature)\w*|\bfreezing (?:rain|cold|temperature|condition)\w*|\bland "
            r"?slides?\b|"
            r"\bavalanche|\bmud ?slides?\b|\bsand ?storm|\btsunami|\b(?:due to|because of|by) (?:the )?(?:\w+ "
            r")?(?:rains?|"
            r"fog|ice|winds?)\b",
        ),
        rule(
            Topic.DELAY,
            "chan sche conn band dest acci cut cuto dela late behi miss back mech brea brok flig "
            "indu labo stri traf rout malf misc over long post volu high heav peak lack ran insu "
            "time cons dera disr capa held cong clos bloc susp inte outa shor offl slow load past "
            "cut road cond driv truc vehi unav non forc acci civi curf riot prot powe syst lock pand "
            "arri airc trai no stra able brak unab engi fail van",
            r"\b(?:change of|changed?) schedule\b|\bschedule change\b",
            r"\bconnections? (?:was |were )?(?:missed|lost)\b|\bbandh\b|\b(?:destination|hub|facility|depot|"
            r"station) (?:is )?(?:unable|not able) to (?:receive|accept|process)",
            r"\bdue to (?:an? |the )?(?:traffic |road |vehicle |train )?accident\b|\bmisconnect\w*|"
            r"\b(?:engine|vehicle|truck|brake)s? (?:malfunction|trouble)|\broute disruption|"
            r"\b(?:due to|because of) (?:\w+ )?capacity\b",
            r"\bforce majeure|^(?:\w+ )?accident\b|\bcivil (?:unrest|event|disturbance)|\bcurfew|\briots?\b|"
            r"\b(?:power|system|it|network) (?:outage|failure|breakdown)|\block ?down\b|\bpandemic|\broad ?block|"
            r"\barrived (?:\w+ ){0,3}(?:after|too late)\b(?! (?:your|the) (?:order|delivery date))|"
            r"\bno (?:vehicle|driver|truck|van|capacity|courier)s? available|\bstranded\b",
            r"\b(?:past|missed) (?:the )?(?:\w+ )?cut-?off|\bmissed pick-?up|"
            r"\b(?:insufficient|not enough|too little) (?:\w+-?\w* )?time|\b(?:bad |poor |"
            r"hazardous |due to )?road conditions|\b(?:driver|truck|vehicle|aircraft) (?:is |"
            r"was )?(?:not available|unavailable)|\bdelay\b",
            r"\b(?:road|port|airport|border|route) (?:closure|closed|congestion|blocked)|"
            r"\bcongestion\b|\b(?:service|delivery|operations?|transport|mail)\w* (?:is |are |"
            r"was |has been |temporarily )*suspended\b|\binterruption|\boutage\b|"
            r"\bdriver (?:shortage|unavailable|ill)|\bstaff shortage|\bshortage of (?:staff|"
            r"drivers)|\bnot (?:connected|loaded) (?:in|on) time|\boffloaded\b|\bslower than\b|"
            r"\bbehind time",
            r"\bdelay(?:ed|s|ing)?\b|\b(?:running|arriv(?:ed|ing|al)|departed)(?: (?:a|one|two|"
            r"few|bit|little|days?|hours?|slightly)){0,3} late\b|\b(?<!be )held up\b|\b(?:late|"
            r"later) (?:than|arrival|flight|aircraft|vehicle|linehaul|departure|train|truck|"
            r"trailer)\b|\bbehind schedule\b",
            r"\bmissed (?:the |its |a )?(?:\w+ )?(?:connection|flight|cut-?off|sort|dispatch|"
            r"transfer|departure|connecting|trunk|vehicle|truck|linehaul|plane|train)|\bback ?log|"
            r"\bmechanical (?:failure|problem|issue|breakdown|delay)"
            r"|\b(?:vehicle|truck|van|aircraft) (?:has |had )?(?:mechanical|breakdown|"
            r"broken? ?down|problem|accident)|\b(?:broken? ?down|breakdown)\b",
            r"\bflight (?:was |has been |is )?cancell?ed|\b(?:industrial action|labou?r dispute)|"
            r"\b(?:due to|by|because of|postal|national|general|port|local) (?:a )?strike|"
            r"\bstrike action|\bheavy traffic|\btraffic (?:congestion|accident|jam|delay)"
            r"|\boverdue\b|\btaking (?:a (?:bit|little) )?longer\b|\bpostponed\b|\b(?:high|heavy|"
            r"unexpected|peak|increased|exceptional) volumes?\b",
            r"\b(?:lack of|ran out of|out of|insufficient) time\b|\btime constraints|\bderail|"
            r"\bservice disruption|\btransport disruption|\bcapacity (?:issue|constraint|limit)"
            r"|\bnot (?:be )?(?:attempted|completed|delivered|delivered today)[^.;]{0,20}\b(?:late|time)\b",
        ),
        *ENGLISH_WAYS,
        *ENGLISH_TRADE,
        *ENGLISH_STATES,
    ),
    negator=pattern(
        r"\b(?:no|not|never|without|free of|free from|nor|neither|none|"
        r"non(?!-(?:carrier|controllable|business|working|delivery))|cannot|zero)\b|n't\b"
    ),
    reach=32,
    stop=pattern(
        r"\b(?:due|because|since|as|only|yet|until|deliver\w*|possible|attempt\w*|able|access|"
        r"obtained|available|home|completed?|"
        r"reason|signature|cleared|released|found|located)\b"
    ),
    denied=pattern(
        r"\s*[:=]\s*(?:no|none|nil|n|0)(?!\w)",
        r"[- ]free\b| (?:was |is |were |has been )?not (?:found|seen|confirmed|visible|evident|"
        r"detected|observed)| (?:ruled out|excluded)",
        r" (?:insurance|claims? (?:form|centre|center|department)|protection|cover|waiver)\b",
    ),
    condition=pattern(
        r"\bif\b|\bin case\b|\bwhether\b|\bshould (?:the|your|it|there|you)\b|\bcheck (?:for|the|"
        r"your)\b|\bavoid\b|\bprevent\b|\bunless\b|\bin the event\b",
        # What went on again after its trouble is not in trouble.
        r"\b(?<!be )(?:resumed|resuming|recovered|back on track)\b[^.;]{0,20}\b(?:after|following)\b",
        r"\bto report\b|\bmay (?:be(?! lost)|have|cause|experience|result|lead|"
        r"occur)\b(?![^.;]*\b(?:due|because|owing)\b)|\bmight\b|\bcould (?:be delayed|cause|"
        r"result|lead)\b|\bpossible\b|\bpotential\b|\bplease report\b"
        r"|\bsubject to\b|\bhow to\b|\bprotect\w* (?:against|from)\b|\bclick\b|\bright to\b|"
        r"\b(?:can|may) (?:be )?(?:refuse|return)",
    ),
    future=pattern(r"\b(?:will|would|may|can)\b"),
    thing_before=pattern(
        r"\b(?:resumed|resuming) (?:\w+ )?after (?:\w+ )?$",
        r"\b(?:labels?|bar ?codes?|roads?|bridges?|vehicles?|trucks?|equipment|documents?|"
        r"documentation|invoice|scanner|trailer|paperwork|aircraft)"
        r"(?: is| was| were| are| has been| have been| got)* $",
    ),
    thing_after=pattern(
        r" (?:lake|street|st\b|road|rd\b|ave\b|avenue|creek|hills?|city|park|drive|dr\b|lane|way|"
        r"beach|springs|valley|river|bay|point|nation|island|bow|arrow)"
        r"|,? (?:label|barcode)\b| (?:normal|permitting|fine|good|ok)\b| check (?:done|ok|passed|complete\w*)"
    ),
    over={
        Topic.LOSS: pattern(
            r"\b(?<!not )(?<!not been )(?<!n't )(?<!be )(?<!yet )(?:found|recovered|relocated|located)\b|\bno longer\b"
        ),
        Topic.CUSTOMS: pattern(
            r"\b(?<!not )(?<!not been )(?<!not yet )(?<!be )(?<!until )(?<!yet )(?:released|"
            r"cleared|resolved|completed?)\b"
        ),
        Topic.ADDRESS: pattern(r"\b(?<!not )(?<!be )(?:corrected|updated|resolved|fixed)\b"),
        Topic.WEATHER: pattern(r"\b(?<!not )(?:resumed|has passed|is over|ended)\b"),
        Topic.DELAY: pattern(r"\b(?<!not )(?<!be )(?:resolved|over|ended|now arrived)\b"),
    },
)
