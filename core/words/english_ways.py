"""Further ways of saying it in English: families of phrases, one rule a topic, for what carriers seldom say.

Invariant: data only. May import: core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule
from core.words.nouns import ENGLISH_WHO

_FIRM = r"(?:business|shop|company|store|office|firm|branch|tenant|school)"
_WRONG = (
    r"(?:incorrect|incomplete|missing|wrong|invalid|insufficient|needed|required|unclear|inaccurate|not (?:correct|"
    r"complete|"
    r"clear|sufficient|valid|provided|available|given|stated|legible))"
)

ENGLISH_WAYS = (
    rule(
        Topic.LOSS,
        "miss only part some trac disa find loca",
        r"^(?!(?:landmark|address|street|house|invoice|documents?|paperwork|label|data|information|info|number|code|"
        r"signature|pin|name|phone|pod|waybill|awb|barcode|contact|scan|eori|id|vat|date|payment|customs|tracking|weight|"
        r"dimensions?|permit|licen[cs]e|email) )(?:\w+ )?missing(?= ?(?:$|[-–:,.(/]))|"
        r"\bmissing in (?:transit|depot|hub|warehouse)|"
        r"\bonly \d+ (?:of|out of) \d+ (?:\w+ )?(?:received|arrived|found)|"
        r"\b(?:part|parts|some) of (?:the |your )?(?:shipment|order|consignment|contents?|goods) (?:is |are |was |"
        r"were )?"
        r"(?:missing|not received)|"
        r"\bmissing (?:amount|quantity|pieces?)\b|\bmissing (?:at|after|on) (?:\w+ )?(?:sort|unload|load|"
        r"arrival|scan|inventory|pick-?up|collection|delivery)\w*|"
        r"\bnot (?:been )?able to (?:find|locate|trace) (?:the |your )?(?:parcel|package|shipment|item|consignment|"
        r"order)\b(?! ?(?:address|"
        r"location))|\bno trace of (?:the |your )?\w+|\bdisappear(?:ed|ance)\b",
        negatable=False,
    ),
    rule(
        Topic.DAMAGE,
        "wet burs melt inad insu unsu poor fail coll crum seal flat stai",
        r"^(?:\w+ )?wet$|\bburst\b(?! of)|\bmelted\b|\bcollapsed\b|\bcrumpled\b|\bflattened\b|\bstained\b|"
        r"\bseals? (?:is |was |were |found )?(?:broken|open|tampered)|"
        r"\bpackaging (?:has )?(?:failed|failure|burst)|\b(?:inadequate|insufficient|unsuitable|poor) packag\w+",
    ),
    rule(
        Topic.REFUSAL,
        "canc chan back dont want will inte turn away fake dupl unwa",
        rf"\b(?:order |purchase |delivery )?cancell?ed (?:the order )?(?:by (?:the )?{ENGLISH_WHO} )?(?:at|on|upon) "
        rf"(?:the )?"
        r"(?:door(?:step)?|delivery|arrival)|"
        rf"\b{ENGLISH_WHO} (?:has )?(?:changed (?:his|her|their) mind|backed out|dont want|don't want|not want|"
        rf"didn't want|"
        rf"not willing(?: to (?:accept|take|receive|pay))?|not interested|turned (?:it |the \w+ )?away|sent (?:it |"
        rf"the driver |"
        r"courier )?away)\b|\b(?:fake|duplicate) order\b|^unwanted\b|\bdoes(?: no|n')t want (?:the |this |it|to)",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "addr empl resi base exis loca find iden trac deta info data name inst move forw shif relo "
        "vaca demo aban unoc dere cons land wron wron inco box pobo zip post zipc poin",
        r"\b(?:problem|issue|error|mistake|something wrong)s? (?:with|in) (?:the |your )?(?:\w+ )?address|\bno "
        r"longer (?:employed|a resident|"
        r"based|exists?)\b|"
        r"\baddress(?:es)?\b[^.;]{0,30}\b(?:do(?:es)? not|doesn't|don't|not) (?:match|exist|correspond)|\baddress "
        r"mis-?match|"
        r"\baddress (?:correction|clarification)(?: is|:)? (?:pending|"
        r"in progress|required|needed|requested|awaited|under ?way)|"
        rf"\b(?:awaiting|pending|waiting for|waiting on) (?:the |an? |your |new |correct(?:ed)? |updated |full |"
        rf"{ENGLISH_WHO}'?s? )*"
        r"address\b|\baddress (?:\w+ )?(?:needs|has|must|should) (?:to )?be (?:corrected|clarified|"
        r"completed)|\baddress\b[^.;]{0,20}\b(?:cannot|can ?not|could not|can't|couldn't|not) (?:yet )?(?:be "
        r")?(?:verified|"
        r"validated|confirmed|identified|recogni[sz]ed|matched|traced)",
        r"\b(?:need|require|request|want)(?:s|ed|ing)? (?:your |the |some )?(?:more|further|additional|better|full|"
        r"correct) "
        r"(?:information|details|info)(?: (?:about|on|for|regarding|to find))? (?:your |the )?(?:\w+ )?address|"
        rf"\b(?:could not|couldn't|can ?not|can't|unable to|not able to|failed to|did not|didn't) (?:find|locate|"
        rf"identify|trace) "
        rf"(?:your |the |a |this )?(?:correct |exact |right |delivery |drop-?off |shipping |{ENGLISH_WHO}'?s? "
        rf")*(?:address|location|"
        rf"house|building|door|entrance|premises|point|{ENGLISH_WHO})\b|"
        rf"\b(?:delivery |drop )?(?:location|point) (?:is |was )?(?:not found|cannot be found|could not be found)",
        rf"\b{ENGLISH_WHO}(?:'s)? (?:contact )?(?:details?|information|data|name) (?:is |are |was |were )?{_WRONG}|"
        rf"\b(?:delivery|contact|shipping) (?:information|details|data|instructions) (?:is |are )?{_WRONG}|"
        rf"\b(?:incomplete|insufficient|missing|incorrect|wrong|invalid|unclear) (?:delivery|{ENGLISH_WHO}'?s?|"
        r"contact|shipping) (?:information|details|data|name)\b",
        rf"\bname (?:is |was )?not (?:on|in|found|listed|known)(?: \w+){{0,2}} (?:directory|list|mailbox|door|bell|"
        rf"address|"
        rf"building|register)|^moved\b(?! (?:to|from|on|in|by|out|into|between))|\bno forwarding (?:address|order)|"
        rf"\bforwarding (?:order|"
        rf"address) (?:has )?expired|\b{_FIRM} (?:has |have |is |was )?(?:been )?(?:shifted|moved|relocated)\b|"
        r"\b(?:building|house|premises|property|apartment|unit) (?:is |was |appears )?(?:demolished|abandoned|"
        r"vacant|unoccupied|"
        r"derelict|under construction)\b",
        r"\bneeds? (?:an? |the )?(?:nearest |near ?by )?(?:landmark|clear address|proper address|complete address)|"
        r"\b(?:wrong|incorrect) (?:pin|map|drop|gps|delivery) ?(?:location|point|coordinates)|\bwrong location\b|"
        r"\bp\.? ?o\.? ?box\b[^.;]{0,25}\b(?:not (?:accepted|allowed|possible|deliverable)|cannot|undeliverable)|"
        r"\baddress is a "
        r"p\.? ?o\.? ?box|\b(?:out of date|out-?dated|old|previous|non-?existing|fictitious|unidentifiable|untraceable|"
        r"ambiguous|improper|inadequate|partial) address|\b(?:zip|post(?:al)?) ?code\b[^.;]{0,20}\b(?:does not|"
        r"doesn't|not) "
        r"(?:match|exist|belong)",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "card noti auth elig resp suit vali comp prop cont id lice trie atte get thro call phon mobi "
        "tele clos holi unma unat abse lock shut out away trav abro leav vaca answ pick gone unre "
        "rang knoc one nobo unav home avai repl in unan goes busy disc buye swit enga adul reac are "
        "conc numb",
        r"\b(?:card|notice|calling card) left (?:at|in|with|-)? ?(?:the )?(?:address|door|mailbox|letter ?box|$)|"
        r"\bleft (?:a )?(?:calling )?card\b(?! (?:with|where|to))|"
        r"\bno (?:eligible|responsible|suitable|valid|competent|proper) (?:person|recipient|adult|individual|one)|"
        r"\b(?:authori[sz]ed|eligible|responsible|contact|concerned|id|licen[cs]e) (?:person|holder|recipient|"
        r"representative|"
        r"signatory|adult|staff) (?:is |was )?(?:not (?:available|present|there|at home|in|found)|unavailable|absent)",
        r"\b(?:tried|attempted) (?:to call|calling|to phone|phoning|to reach|reaching|to contact|contacting)\b|"
        r"\b(?:could|can)(?: ?not|n't) (?:get through|get hold of|make contact)|\bno contact (?:with|to|could)|"
        r"\b(?:calls?|phone|mobile|telephone|number)(?: \w+)? (?:is |was |were |are )?(?:not (?:answered|picked|"
        r"connecting|"
        r"connected|reachable|responding|working|in service)|unanswered|went unanswered|rejected|disconnected|busy|"
        r"engaged|"
        r"switched off|out of (?:reach|coverage|service)|goes to voicemail)\b",
        r"\bclosed (?:due to|because of|for) (?:the )?(?:\w+ )?(?:holiday|weekend|vacation|lunch|inventory|stock "
        r"?take)|"
        r"\b(?:public|bank|national|local) holiday[^.;]{0,20}\bclosed|\b(?:reception|front desk|concierge|mail "
        r"?room|receiving|"
        r"goods-?in|loading (?:dock|bay)|security|warehouse)(?: \w+)? (?:is |was )?(?:closed|unmanned|unattended|"
        r"absent|not available)|"
        r"\b(?:closed|unattended|locked|shut) (?:premises|business|door|gate|office|shop|house|upon arrival|on "
        r"arrival|at time)|"
        r"\b(?:house|home|flat|apartment|door|gate|premises|residence) (?:is |was |found )?(?:locked|shut|"
        r"unattended)\b",
        rf"\b{ENGLISH_WHO} (?:is |was |has |currently |temporarily )*(?:out of (?:town|station|office|country|city)|"
        rf"away|travell?ing|abroad|"
        rf"on (?:holiday|vacation|leave)|not (?:answering|responding|picking|contactable|reachable|attending)|gone out|"
        rf"no response|unresponsive)\b|\b(?:rang|knocked)\b[^.;]{{0,25}}\bno (?:answer|response|reply|one)|"
        r"\bno[- ]one (?:was |is )?(?:at|in|home|answered|came|around|responded)\b|^(?:no answer|no reply|no "
        r"response|not in|not home|"
        r"no one in|nobody in|not available|out of office|absent|closed|unavailable|no contact)$",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "invo awai wait pend decl docu pape form valu clea fda usda cite cbp phyt agri quar bios "
        "food regu gove othe bord impo kyc eori tax vat pccc id pass iden cust proh bann cont coun "
        "entr unpa admi",
        r"\b(?:commercial|proforma|customs) invoice (?:is |was )?(?:missing|required|needed|incomplete|incorrect|"
        r"requested|not "
        r"(?:provided|attached|available))|\b(?:awaiting|missing|need|require[sd]?|incorrect|incomplete) (?:the |a "
        r")?(?:commercial|"
        r"proforma|customs) (?:invoice|declaration|documents?|paperwork|form|value)|"
        r"\b(?:awaiting|waiting for|pending) (?:the )?(?:customs )?(?:broker|importer|clearance|customs "
        r"agent)(?:'?s)? (?:instructions?|"
        r"documents?|documentation|paperwork|authori[sz]ation|details|information|decision|selection|action)",
        r"\bclearance\b[^.;]{0,30}\b(?:additional (?:information|documents)|on hold|stopped|interrupted|suspended|"
        r"query|"
        r"instructions|paused|unsuccessful|rejected|refused|denied|problem|anomaly|incident|abnormal)|"
        r"\b(?:fda|usda|cites|cbp|phyto\w*|agriculture?\w*|quarantine|biosecurity|food (?:safety|authority)|regulatory|"
        r"government(?: agency)?|other (?:government )?agency) (?:\w+ )?(?:hold|holding|inspection|review|"
        r"examination|exam|detention)\b|"
        r"\b(?:held|detained|stopped|inspected|under review|on hold|retained) (?:by|at|with|for) (?:the )?(?:fda|"
        r"usda|cbp|agricultur\w*|"
        r"quarantine|biosecurity|regulatory|government|import control|border)",
        r"\bimport (?:permit|licen[cs]e|authori[sz]ation|documents?|declaration|approval) (?:is |are |was "
        r")?(?:required|missing|needed|"
        r"pending|awaited|not)|\bkyc\b(?! (?:completed|approved|verified|received|done))|\b(?:requires?|need(?:s|"
        r"ed)?|awaiting|missing|"
        r"provide|invalid) (?:your |the |an? |recipient's |consignee'?s? |personal |valid )*(?:eori|tax id|vat "
        r"number|pccc|id number|"
        r"passport|identification|identity (?:card|document|number)|customs (?:code|number|id))(?: (?:number|code|"
        r"for customs))?\b|"
        r"\bpersonal (?:id|identification)\b[^.;]{0,20}\bcustoms|\b(?:refused|denied) (?:entry|import|admission)\b|"
        r"\b(?:banned|contraband|counterfeit) (?:item|goods|article|content|product|import)s?\b|"
        r"\bprohibited\b[^.;]{0,20}\b(?:customs|"
        r"import)|\bentry (?:refused|denied|rejected)|\bunpaid (?:customs|dut\w+|tax\w*|vat)|"
        r"\bcustoms\b[^.;]{0,25}\b(?:stopped|blocked|"
        r"intercepted|confiscated|suspended|abnormal|anomal\w+|queries|objection|under (?:review|control|check)|not "
        r"released|unable to)\b",
    ),
    rule(
        Topic.RETURN,
        "retu ship send cons reve back",
        r"\breturned to (?:the |its |your |our )?(?:client|supplier|shop|sender|brand|owner|consignor|merchant|"
        r"pickup address|"
        r"point of origin|origin\w*|source)\b|(?:[-–,:] ?|\band )returned$|\b(?:parcel|package|shipment|order|item|"
        r"it) (?:is |are |has been |was |"
        r"will be )?(?:now )?return(?:ed|ing)\b(?! (?:in)?to (?:the |a |our |your |an? )?(?:\w+ ){0,2}(?:depot|post|"
        r"customs|facility|"
        r"station|hub|office|terminal|branch|building|carrier|courier|circulation|network|warehouse|van|vehicle|"
        r"fedex|ups|dhl|sort\w*))|"
        r"\breturn(?:s)? (?:received by|completed|complete|confirmed|accepted by|handed|arrived|picked|shipped|"
        r"collected|requested|"
        r"pending|out for|approved|created|scheduled|order|trip|leg|flow|mode|scan)\b(?! label)",
        r"\b(?:delivered|handed|given|released|forwarded|brought|taken|redirected|forward) (?:back )?to (?:the "
        r")?(?:original )?(?:shipper|"
        r"sender|consignor)\b|\breturned (?:as )?(?:undelivered|undeliverable|unclaimed|uncollected|unopened|mail|"
        r"goods|parcel)|"
        r"\breversed? (?:to|shipment|movement|transit|leg|in transit)|\b(?:under|for|in|as|marked for|set to|due to|"
        r"to be|converted to|"
        r"processed for|ready for|scheduled for|awaiting) returns?\b(?! (?:label|to (?:the )?(?:depot|station|hub)|"
        r"time|visit|call))|"
        r"\b(?:sent|going|shipped|turned|bounced|heading|coming) back\b(?! (?:in)?to (?:the |our |a )?(?:\w+ "
        r")?(?:depot|hub|facility|"
        r"station|office|warehouse|branch|sort\w*|on|out))",
        negatable=False,
    ),
    rule(
        Topic.WEATHER,
        "ice fog rain wind snow act forc slip clim wate seas tide visi sea",
        r"\b(?:black )?ice on\b|^(?:fog|ice|rain|wind|snow)$|\bact of god|\bforces? of nature|\bslippery roads?|"
        r"\bclimat\w+ (?:condition|"
        r"event|reason|problem)s?|\bwater ?logging|\brough seas?|\bhigh (?:tide|water|seas)|\bpoor visibility",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "arri ran behi late miss fail dela stuc held traf stri cong over road road oper tech logi "
        "mech unfo unex exce extr inte tran line syst it netw equi vehi carr proc serv circ beyo "
        "outs shor unav lack spac capa room upli truc airl flig roll offl off bump port term bert "
        "yard airp hub depo ware poli civi secu emer publ clos left load upli sorr long slow sla "
        "exce man manp reso slot staf exte issu disp conn mani driv avai pers labo",
        r"\b(?:did not|didn't|not) arriv\w+ (?:\w+ ){0,4}(?:on|in) time|\bran out of (?:hours|driving time)|"
        r"\brunning (?:a bit |slightly |a little )?behind\b|\blate (?:delivery|pick-?up|collection|injection|"
        r"handover)\b|\bmissed (?:delivery window|"
        r"time ?(?:slot|window)|slot|window|line ?haul|trunk(?:ing)?|injection)\b|\b(?:delivery|time) (?:window|"
        r"slot) (?:was )?missed|"
        r"\b(?:plane|aircraft|flight|train|truck|trailer|vessel|ship|driver|vehicle|van|linehaul|bus|ferry|delivery|"
        r"parcel|shipment|"
        r"package) (?:is |was |has been |are |arrived |running |will be )+(?:very |too |a bit )?(?:late|delayed|"
        r"behind|stuck|held up)\b",
        r"^(?:\w+ )?(?:traffic|strike|congestion|overload|overcapacity)$|\b(?:due to|because of|stuck in|held up in|"
        r"in) (?:the )?(?:heavy |"
        r"road )?(?:traffic|congestion)\b|\broads? (?:is |are |was |were )?(?:blocked|closed|impassable|flooded)|"
        r"\b(?:driver|customs|port|airport|rail|truckers'?|staff|pilots?'?|dock(?:ers)?) strike",
        r"\b(?:operational|technical|logistic(?:al|s)?|mechanical|internal|transport(?:ation)?|linehaul|system|it|"
        r"network|"
        r"equipment|vehicle) (?:issues?|problems?|difficult(?:y|ies)|failures?|disruptions?|constraints?|incidents?|"
        r"breakdown|"
        r"fault|delays?)\b(?! (?:code|message))|\b(?:unforeseen|unexpected|exceptional|extraordinary) "
        r"(?:circumstances?|events?|"
        r"disruptions?|obstacles?)|\bcircumstances (?:beyond|outside)|\b(?:beyond|outside) (?:our|the carrier'?s?|"
        r"carrier|my) control",
        r"\b(?:labou?r|staff|driver|man ?power|personnel|vehicle|resource|equipment|container)s? (?:shortage|"
        r"unavailability|"
        r"not available|constraint|issue)s?|\b(?:short|lack|shortage) of (?:vehicles?|vans?|drivers?|couriers?|"
        r"staff|space|"
        r"man ?power|capacity|resources|trucks?|equipment)|\bno (?:space|capacity|room|flight|uplift|trucks?|"
        r"slots?) (?:available|on|for|"
        r"left)|\bspace (?:is |was )?not available|\b(?:airline|flight|carrier) (?:off-?load|bump|overbook|"
        r"cancel)\w*|\boverbooked\b|"
        r"\brolled (?:over )?to\b|\b(?:off-?load|bump)ed (?:by|from|at|due)|\b(?:port|terminal|berth|yard|airport|"
        r"hub|depot|warehouse) "
        r"(?:is |was )?(?:congested|congestion|closed (?:due|because)|overloaded|full|shut)",
        r"\b(?:political|civil|security|emergency|public) (?:disturbance|unrest|incident|situation|disorder|event|"
        r"emergency)|"
        r"\bclosed due to (?:an? |the )?(?:emergency|unforeseen|incident|power|strike|curfew|lockdown|fire)|"
        r"\bleft behind\b|^not loaded\b|\b(?:not|missed) (?:loaded|uplifted|loading|dispatched|connected|"
        r"manifested) (?:on|onto|to|for|due|"
        r"in|at|with|the)|\bsorry[^.;]{0,40}\blate\b|\btak(?:es?|ing) longer\b|\blonger than (?:expected|usual|"
        r"planned|normal)|"
        r"\bslow(?:er)? (?:movement|transit|progress|than)|\bstuck (?:at|in|on)\b(?! customs)|\b(?:transit|"
        r"processing|delivery) time "
        r"(?:extended|exceeded|longer)|\bsla (?:breach|missed|exceeded)|\bexceeded (?:the )?(?:transit|delivery|"
        r"promised) (?:time|date)|"
        r"\b(?:picked up|dispatched|shipped|departed|collected|manifested|received) (?:too )?late\b",
        negatable=True,
    ),
)
