"""Further ways of saying it in German: families of phrases, one rule a topic, for what carriers seldom say.

Invariant: data only. May import: core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule
from core.words.nouns import GERMAN_WHO

GERMAN_WAYS = (
    rule(
        Topic.LOSS,
        "teil unvo nur manc voll komp mank",
        r"\bteil(?:menge|sendung|lieferung)?\b[^.;]{0,12}\bfehl\w+|\bunvollsta(?:e)?ndig (?:eingetroffen|angekommen|"
        r"erhalten|angeliefert|"
        r"u(?:e)?bernommen)|\bmanko\b|\bnicht (?:vollza(?:e)?hlig|komplett (?:eingetroffen|angekommen|erhalten))",
        negatable=False,
    ),
    rule(
        Topic.DAMAGE,
        "glas bruc offe verp vers mang ause verf",
        r"\b(?:glas)?bruch(?:schaden)?\b|\boffen (?:eingegangen|angekommen|vorgefunden|u(?:e)?bernommen)|"
        r"\bverschmutz\w*|\bverformt\w*|\bverpackung (?:mangelhaft|unzureichend|ungenu(?:e)?gend|offen|aufgerissen|"
        r"gerissen)",
    ),
    rule(
        Topic.REFUSAL,
        "will moch moec nimm nach zahl stor lehn mag wuns zuru abge nahm akze wuen beza rech",
        rf"\b{GERMAN_WHO} (?:will|mo(?:e)?chte|mag|wu(?:e)?nscht) (?:die |das |den )?(?:\w+ )?(?:nicht|keine)\b(?! "
        rf"(?:heute|morgen|mehr "
        r"heute))|\b(?:nachnahme|zahlung|rechnung)(?:betrag)? (?:wird |wurde )?nicht (?:bezahlt|angenommen|akzeptiert)|"
        rf"\b{GERMAN_WHO} (?:nimmt|nahm) (?:die |das )?(?:\w+ )?nicht an\b|\b{GERMAN_WHO} storniert\w*|"
        r"\bzuru(?:e)?ckgewiesen\b(?<!zoll zuruckgewiesen)|\b(?:fahrer|zusteller|bote) (?:wurde )?abgewiesen\b",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "brie stra haus hsnr adre ansc anga verl ansp kont lief empf tuer turc post plz name klin "
        "firm komm weit unbe geba wohn stoc ort zuga eing mehr lesb unkl unvo zust",
        r"\bname\w*\b[^.;]{0,40}\b(?:weder|nicht|kein)\b[^.;]{0,25}\b(?:briefkasten|klingel)|\b(?:adresse|anschrift|"
        r"hausnummer|stras+e|haus|"
        r"empfa(?:e)?nger|gebau(?:e)?de) (?:leider )?nicht (?:finden|auffinden|ermitteln|lokalisieren|zuordnen)\b|"
        r"\b(?:stras+e|ort|haus|geba(?:e)?ude|eingang|wohnung|firma|name) (?:wurde |konnte |war |ist )?(?:nicht|"
        r"unter) "
        r"(?:gefunden|auffindbar|zu finden|identifizierbar|bekannt)|\bkeine (?:haus ?nummer|klingel|stras+e|"
        r"anschrift|adresse|"
        r"namen?sschild)\b|\b(?:adress|anschrift|anschriften)\w*\b[^.;]{0,20}\b(?:muss|mus+|zu|wird|werden|soll) "
        r"(?:noch )?"
        r"(?:u(?:e)?berpru(?:e)?ft|gepru(?:e)?ft|gekla(?:e)?rt|pru(?:e)?fen|kla(?:e)?ren|erga(?:e)?nzt|korrigiert|"
        r"vervollsta(?:e)?ndigt)|"
        r"\badress(?:kla(?:e)?rung|korrektur|erga(?:e)?nzung|problem|ma(?:e)?ngel|mangel)\b",
        r"\bangaben? zur (?:adresse|anschrift)\b(?! vollsta)|\b(?:lieferanschrift|lieferadresse|zustelladresse|"
        r"anschrift|adresse|"
        r"empfa(?:e)?nger(?:angaben|daten|name)|adressangaben|adressdaten|kontaktdaten|ansprechpartner|"
        r"kontaktperson|name|firmenname|"
        r"tu(?:e)?rcode|zugangscode|klingel|wohnungsnummer|stockwerk)\b[^.;,]{0,15}\b(?:unklar|unvollsta(?:e)?ndig|"
        r"unbekannt|"
        r"fehlt|fehlen|ungu(?:e)?ltig|nicht (?:bekannt|vorhanden|lesbar|angegeben|korrekt|vollsta(?:e)?ndig|"
        r"eindeutig|zustellbar|"
        r"mehr (?:im|da|bei|vorhanden|ta(?:e)?tig)))\w*",
        rf"\b{GERMAN_WHO}\b[^.;]{{0,12}}\b(?:die |das )?(?:firma|unternehmen|betrieb|wohnung) verlassen|"
        rf"\bpostfach\b[^.;]{{0,12}}\bnicht "
        r"(?:zustellbar|mo(?:e)?glich|belieferbar)|\b(?:neue|aktuelle|richtige|korrekte|vollsta(?:e)?ndige) "
        r"(?:adresse|anschrift) "
        r"(?:erforderlich|beno(?:e)?tigt|fehlt|angefordert|gesucht)|\bunbekannt verzogen\b|^unbekannt$",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "kein buro buer lade lage ramp ware reze pfor prax haus tor turc ture tur eing zuga geba "
        "obje sie verp anna ause auss offn oeff gesc betr anli kund tele hand anru urla empf fili "
        "firm adre tuer",
        r"\b(?:gescha(?:e)?ft|firma|betrieb|laden|bu(?:e)?ro|unternehmen|warenannahme)\b[^.;]{0,40}\bgeschlossen\b|"
        r"\bkein\w* (?:empfangsberechtigte\w*|empfa(?:e)?nger|berechtigte\w*|annehmende\w*|bevollma(?:e)?chtigte\w*|"
        r"mitarbeiter|"
        r"personal|ansprechpartner)(?: \w+){0,2} (?:angetroffen|anwesend|da|vor ort|erreichbar|verfu(?:e)?gbar|zu "
        r"hause)|"
        r"\b(?:bu(?:e)?ro|laden|ladengescha(?:e)?ft|gescha(?:e)?ft|lager|rampe|wareneingang|empfang|rezeption|"
        r"pforte|praxis|filiale|"
        r"firma|betrieb) (?:ist |war |bereits |schon |heute |leider )*(?:nicht besetzt|unbesetzt|zu|geschlossen|"
        r"nicht geo(?:e)?ffnet)\b",
        r"\b(?:haustu(?:e)?r|tu(?:e)?re?|tor|eingang|zugang|gebaude|geba(?:e)?ude|objekt) (?:ist |war "
        r")?(?:verschlossen|abgeschlossen|"
        r"geschlossen|zu)\b|\bsie (?:waren|sind) (?:leider )?nicht (?:da|zu ?hause|anwesend|angetroffen|erreichbar)|"
        r"\b(?:leider|haben sie|sie) verpasst\b|\b(?:annahme|waren\w*|o(?:e)?ffnungs|gescha(?:e)?fts|betriebs|"
        r"anliefer)\w*(?:zeit|zeiten)\b"
        r"[^.;]{0,20}\b(?:u(?:e)?berschritten|vorbei|abgelaufen|beendet)|\baus+erhalb (?:der |von "
        r")?(?:\w*o(?:e)?ffnungs|gescha(?:e)?fts|"
        r"annahme|betriebs|arbeits)\w*|^(?:betriebs)?urlaub$",
        rf"\b{GERMAN_WHO}\b[^.;]{{0,20}}\b(?:geht|ging) nicht (?:ans|an das)|\bnicht ans telefon|\b(?:telefon|handy|"
        rf"anruf)\w*\b[^.;]{{0,15}}\b"
        r"(?:nicht (?:erreichbar|angenommen|beantwortet)|aus|ausgeschaltet|besetzt|erfolglos)|"
        rf"\b{GERMAN_WHO} (?:ist |war |leider |zurzeit |derzeit )*(?:unterwegs|verreist|krank|weg|aus+er haus|nicht "
        rf"(?:im haus|am platz|"
        rf"vor ort|besetzt))\b",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "zoll unvo hand prof rech verz besc einf eori impo ausf vete kont",
        r"\b(?:handels|proforma|zoll)-? ?rechnung\b[^.;]{0,15}\b(?:fehlt|fehlend|unvollsta|beno(?:e)?tigt|"
        r"erforderlich|ungu(?:e)?ltig)\w*|"
        r"\b(?:fehlende|unvollsta(?:e)?ndige|falsche) (?:zoll|handels|proforma|einfuhr|import|verzollungs)\w*|"
        r"\b(?:verzollung|zollabfertigung|einfuhr|einfuhrabfertigung|importabfertigung|zollfreigabe|abfertigung "
        r"beim zoll)\b[^.;]{0,20}\b"
        r"(?:gestoppt|unterbrochen|angehalten|verweigert|abgelehnt|ausgesetzt|gesperrt|untersagt|verboten|"
        r"fehlgeschlagen|nicht "
        r"(?:mo(?:e)?glich|erfolgt|erteilt|freigegeben))|\bbeschlagnahm\w*|\beinfuhr(?:verbot|verweigerung|sperre)\w*|"
        r"\bzoll-? ?(?:hold|stop\w*|sperre|problem\w*|anhaltung|kla(?:e)?rung|ru(?:e)?ckfrage\w*)\b|"
        r"\beori\b[^.;]{0,15}\bfehl\w*|"
        r"\bimporteur\b[^.;]{0,40}\b(?:dokument|unterlage|papier)\w*|\bveterina(?:e)?rkontrolle",
        negatable=False,
    ),
    rule(
        Topic.RETURN,
        "auf reto zust zuru zuru ruck ruec wied lief uber retu auft uebe ausl ausg zuge",
        r"\bauf dem (?:weg zuru(?:e)?ck|ru(?:e)?ckweg)|\bretouren?(?:sendung|paket|versand|transport|lieferung|"
        r"zustellung|abwicklung|"
        r"prozess|weg)\b(?! ?(?:schein|label|etikett))|\b(?:zustellung|auslieferung|u(?:e)?bergabe|zugestellt|"
        r"ausgeliefert|u(?:e)?bergeben) "
        r"(?:an )?(?:den |die )?(?:absender|versender|auftraggeber)\b|\bru(?:e)?ck ?(?:an|zu|zum) (?:den "
        r")?(?:absender|versender|auftraggeber)|"
        r"\bru(?:e)?ck(?:zustellung|lauf|fu(?:e)?hrung|fracht|holung|weg|reise|transport|versand)\b(?! (?:zum|ins|"
        r"an das) depot)|"
        r"\b(?:zuru(?:e)?ck|retour) (?:an |zum |zur |zu )?(?:den |die )?(?:absender\w*|versender\w*|auftraggeber|"
        r"ha(?:e)?ndler|verka(?:e)?ufer|shop|"
        r"kunde)|\bretourniert\b|\bretour(?= (?:an|zum|zur|zu|wegen|durch|von|per)\b|$|[:,.-])",
        negatable=False,
    ),
    rule(
        Topic.WEATHER,
        "wett eisg eisr wint natu glat gewi star stur ungu erdb law lawi vers reif schl daue schn",
        r"^wetter$|\b(?:eis|schnee|reif)gla(?:e)?tte|\bwinterlich\w+|\bwintereinbruch|\bnatur(?:ereignis|"
        r"katastrophe|gewalt)\w*|\bgewitter\w*|"
        r"\b(?:stark|dauer)regen|\bsturm(?:tief|schaden|schaeden|warnung|bedingt)?\b|\bschlechte (?:wetter|"
        r"stras+en)\w*|\berdbeben|\blawine\w*",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "verp verk warn betr zust heut ruck ruec send lauf zu verl tour unvo uber uebe kein tran "
        "lief spat spae fahr pers kapa mang tech stor stoe sort prod mogl moeg rech term fris punk "
        "puen mitg abge disp depo feie zeit bahn flug haf kran ausf anko umla hava gebl umst erei "
        "steh lieg etwa lade mehr pilo hafe lokf vora abfe bear stre anku post",
        r"\bverpasst\w* (?:anschlus+|abfahrt|tour|flug|umladung|verladung|zustellfenster|zeitfenster)|"
        r"\bverkehrs(?:stau|lage|"
        r"aufkommen|behinderung|bedingt|unfall|probleme?|sto(?:e)?rung)\w*|\b(?:warn|bahn|lokfu(?:e)?hrer|poststr|"
        r"post|piloten|hafen|fluglotsen)"
        r"-?streik\w*|\bbetriebssto(?:e)?rung\w*",
        r"\b(?:heute )?nicht mehr (?:mo(?:e)?glich|zustellbar|geschafft|erreicht)\b|\bru(?:e)?cksta(?:u|nd|e?nde)\w*\b|"
        r"\b(?:laufzeit|transport|zustell|liefer|transit|sortier|abfertigungs|verkehrs|flug|produktions|"
        r"bearbeitungs|ankunfts)-?"
        r"(?:verzo(?:e)?gerung|verspa(?:e)?tung|u(?:e)?berschreitung|sto(?:e)?rung|problem|ru(?:e)?ckstand|verzug|"
        r"ausfall)\w*|"
        r"\bzu spa(?:e)?t (?:ein|an|u(?:e)?ber|ab|bereit|ausge|verla)\w+|\bnicht (?:mehr )?(?:rechtzeitig|"
        r"termingerecht|fristgerecht|pu(?:e)?nktlich|mitgenommen|abgefahren|disponiert)\b|"
        r"\btour\w*\b[^.;]{0,12}\b(?:abgebrochen|unterbrochen|"
        r"nicht (?:beendet|geschafft|gefahren)|u(?:e)?berlastet|ausgefallen)",
        r"\bunvorhergesehen\w*|\baus+ergewo(?:e)?hnliche\w* (?:umsta|ereign)\w*|\bu(?:e)?berfu(?:e)?llt\w*|"
        r"\bu(?:e)?berlast\w*|"
        r"\bkein (?:laderaum|platz|transportraum|fahrer|fahrzeug)\b(?! im (?:briefkasten|fach|shop))|\b(?:fahrer|"
        r"fahrzeug|personal|lade|laderaum|"
        r"kapazita(?:e)?ts)(?:mangel|ausfall|knappheit|engpass|engpa(?:e)?sse)\b|\bkrankheits(?:bedingt|ausfall|"
        r"fall)\w*|"
        r"\bmangels (?:zeit|fahrer|kapazita(?:e)?t|laderaum)|\btechnische\w* (?:probleme?|sto(?:e)?rung\w*|"
        r"defekt\w*|gru(?:e)?nde\w*|"
        r"schwierigkeiten)|\bkommt (?:es )?(?:zu|etwas|voraussichtlich) (?:spa(?:e)?ter|verzo(?:e)?gerung\w*|einer "
        r"verspa(?:e)?tung)|"
        r"\bhavarie\b|\bliegen ?geblieben|\bstehen ?geblieben",
    ),
    rule(
        Topic.LOSS,
        "such nach rech",
        r"\b(?:suche|suchauftrag|nachforschung(?:sauftrag)?|recherche)\b[^.;]{0,20}\b(?:erfolglos|ergebnislos|ohne "
        r"(?:ergebnis|erfolg))\b",
        negatable=False,
    ),
    rule(Topic.DAMAGE, "umge zerq scha schi", r"\bumge(?:kippt|fallen|sturzt)\b|\bzerquetscht\b|\bschimmel\w*"),
    rule(
        Topic.ADDRESS,
        "plz ort post stra haus unle trep orts stoc etag klin name",
        r"\b(?:plz|postleitzahl|ort|stra(?:ss|s)e)\b[^.;]{0,20}\b(?:passen|stimmen|stimmt|passt) nicht|"
        r"\b(?:hausnummer|klingelschild|namensschild|stockwerk|etage|postleitzahl|plz|ortsteil|stra(?:ss|s)e|"
        r"treppenhaus)\b[^.;]{0,15}\b(?:unbekannt|unklar|unleserlich|ungultig|nicht (?:angegeben|gefunden|vorhanden|"
        r"lesbar|zuzuordnen)|vergessen)\b",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "zoll einf impo ausf",
        r"\bzoll (?:verlangt|fordert|benotigt|braucht|pruft|bemangelt|beanstandet|halt)\b|"
        r"\b(?:einfuhr|import|ausfuhr)(?:genehmigung|lizenz|bewilligung|erlaubnis|papiere|dokumente|abgaben|steuer)\w*"
        r"\b[^.;]{0,20}\b(?:fehl\w+|nicht|offen|erforderlich|ausstehend|notig)\b",
        negatable=False,
    ),
    rule(
        Topic.WEATHER,
        "stra weg fahr glat eisg blit uber vere wege",
        r"\b(?:stra(?:ss|s)en?|wege?|fahrbahn)\b[^.;]{0,12}\b(?:vereist|verschneit|uberflutet|glatt)\b|"
        r"\b(?:eisglatte|blitzeis|uberflutung\w*)\b",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "fahr lkw tran auto zug flug schi stre brue bruc gren tunn hafe zust kuri sort anla masc "
        "syst tech band stra zufa ford",
        r"\b(?:fahrzeug|lkw|transporter|zug|flug|flugzeug|schiff|fahre|fahrer|zusteller|kurier|sortieranlage|"
        r"sortierung|anlage|sortierband|forderband|system|technik)(?:in)? (?:ist |wurde |hat |war |erneut )*(?:"
        r"erkrankt|krank|ausgefallen|fallt aus|liegen ?geblieben|gestrichen|annulliert|storniert|"
        r"verspatet|verunfallt|defekt|"
        r"steht)\b|\b(?:autobahn|stra(?:ss|s)e|strecke|brucke|grenze|tunnel|hafen|flughafen|zufahrt)\w? (?:ist |war |"
        r"wurde |voll)*gesperrt\b",
        negatable=False,
    ),
)
