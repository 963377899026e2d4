"""How carriers say it in German. Umlauts are plain letters here; "ae", "oe", "ue" of old systems are allowed for.

Invariant: data only. May import: core.words.german_ways, core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.german_ways import GERMAN_WAYS
from core.words.kinds import Language, Topic, pattern, rule
from core.words.nouns import GERMAN_IT, GERMAN_WHO

_BACK = r"(?:zuruck|zurueck|retour)"

GERMAN = Language(
    name="de",
    rules=(
        rule(
            Topic.LOSS,
            "verl gest dieb entw verm unau auff gefu abha vers fehl tota raub einb unte uebe mind "
            "inha leer nach such unvo stuc voll stue teil",
            r"\beinbruch|\bunterschlag\w*|\bfehlbestand|\bfehlende (?:colli|teile|"
            r"packstu(?:e)?cke)|\bnicht vollza(?:e)?hlig|\bminderlieferung|"
            r"\binhalt (?:unvollsta(?:e)?ndig|fehlt|entnommen)|"
            rf"\b{GERMAN_IT} (?:ist |war |kam )?(?:unvollsta(?:e)?ndig|leer)\b|\bleeres? (?:fach|paket|packung|karton)|"
            r"\b(?:nachforschung|suche)\w* (?:\w+ ){0,2}(?:erfolglos|ergebnislos|ohne erfolg)|"
            r"\bstu(?:e)?ckzahl (?:stimmt nicht|abweichend)",
            r"\bverlor(?:en|engegangen|ene[nrs]?)\b|\b(?:total|teil)?verlust(?:ig|meldung)?\b|"
            r"\bgestohlen|\bdiebstahl|\bentwendet|\bvermis+t|\babhanden\b|\bverschollen|"
            r"\bverschwunden|\bfehlmenge|\braub\b",
            rf"\b{GERMAN_IT}[^.;:]{{0,30}}\b(?:unauffindbar|fehlt|fehlend)\b|\bunauffindbare? {GERMAN_IT}|"
            rf"\bfehlende[nrs]? (?:sendung|paket|packstuck|packstueck|ware|inhalt|artikel)",
        ),
        rule(
            Topic.LOSS,
            "auff gefu loka wied aufg",
            rf"\b{GERMAN_IT}[^.;:]{{0,25}}\bnicht (?:mehr |wieder)?(?:auffindbar|aufgefunden|gefunden|lokalisiert)",
            negatable=False,
        ),
        rule(
            Topic.DAMAGE,
            "besc scha defe zers zerb bruc gebr aufg eing durc nass feuc ausg undi zerd verb defo "
            "tran wass geof geoe kapu unbr offe zer ramp einr schi verd zerk vern gepl verf mang "
            "sach lage ange vers",
            r"\bunbrauchbar|\bzerdellt|\bgeplatzt|\bzerkratzt|\bverschmutzt|\bvernichtet wegen|"
            r"\baufgeplatzt|\bgequetscht|\bverdorben|\bundichte\w*|"
            r"\bmangelhafte verpackung(?! (?:wurde )?(?:aus|nach)gebessert)|\bgeplatzt|\bzerbeult|\bverformt|"
            r"\bangeschlagen|\beingerissen|\bdurchgescheuert",
            r"\bbescha(?:e)?dig\w*|\bscha(?:e)?d(?:en|haft|ens\w+)\b|\b(?:transport|wasser|nasse|"
            r"bruch|sach|lager)scha(?:e)?d\w*|\bdefekt\w*|\bzersto(?:e)?r\w*|\bzerbroch\w+|"
            r"\bbruch\b"
            r"|\bgebrochen|\b(?:auf|ein)gerissen|\bdurchn(?:a|ae)s+t|\bnass\b|\bfeucht|"
            r"\bausgelaufen|\bundicht|\bzerdru(?:e)?ckt|\beingedru(?:e)?ckt|\bdeformiert|"
            r"\bverbeult|\bkaputt",
            rf"\b{GERMAN_IT}[^.;:]{{0,15}}\bgeo(?:e)?ffnet",
        ),
        rule(
            Topic.REPACK,
            "nach umge umve neu verp neuv",
            r"\bverpackung (?:wurde )?(?:aus|nach)gebessert|\bverpackung (?:wurde )?(?:versta(?:e)?rkt|repariert)",
            r"\bnach(?:zu)?verpack\w*|\bumgepackt|\bumverpack\w*|\b(?:neu|nach) verpackt|\bneuverpack\w*",
        ),
        rule(
            Topic.REFUSAL,
            "anna verw able abge ange refu nimm lehn best woll nich zahl uner zuru",
            r"\bnicht (?:bestellt|gewu(?:e)?nscht)\b|\bunerwu(?:e)?nscht|"
            r"\bannahme (?:\w+ ){0,3}nicht (?:gewu(?:e)?nscht|akzeptiert)|\bnicht akzeptiert|"
            r"\bzuru(?:e)?ckgewiesen",
            r"\b(?<!einfuhr )(?<!import )(?<!zugang )(?<!zutritt )verweiger\w*|\bannahmeverweiger\w*|\babgelehnt|"
            r"\brefu(?:e)?siert|\bablehnung|"
            r"\bnicht angenommen|\bnicht abgenommen",
            rf"\b{GERMAN_WHO}[^.;]{{0,20}}(?:lehnt\w*|nimmt)[^.;]{{0,25}}\b(?:ab|nicht an)\b",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "weit adre ansc unbe verz umge wegg fals fehl unvo nich unle exis unri post haus plz "
            "kein ausg vers wohn ungu unge inko strs zust hinw erlo inso firm mang prob",
            r"\b(?:weitere|zusatzliche|fehlende) adress(?:information|angabe|daten)\w*|\badress(?:information|"
            r"angabe)\w* (?:fehl|benot|erforder)\w+|\bfehlerhafte\w? (?:empfanger|adress)\w*angaben|"
            r"\bfehlerhafte\w? adress\w*",
            rf"\b(?:{GERMAN_WHO}|name) (?:ist |war )?(?:nicht (?:auf|am|an) (?:der |dem )?(?:klingel|briefkasten|"
            rf"schild)\w*|"
            rf"an der adresse unbekannt)|\bfirma (?:ist |wurde )?(?:erloschen|aufgelo(?:e)?st|insolvent|verlegt)",
            r"\b(?:stra(?:s)+en|haus|tur|tuer|wohnungs)nummer\w*[^.;]{0,25}\b(?:falsch|fehlt|"
            r"fehlerhaft|unvollsta(?:e)?ndig)",
            r"\b(?:wohnungsnummer|hausnummer|strasse?|strasenname|plz|postleitzahl|ort|ortsname|"
            r"etage|stockwerk|name|klingel|briefkasten)\w*[^.;]{0,25}\b(?:fehlt|fehlen\w*|falsch|"
            r"unvollsta(?:e)?ndig|nicht (?:am|an|auf|vorhanden|gefunden|lesbar|auffindbar|"
            r"existent|beschriftet|angegeben)|existiert nicht|unleserlich|unbekannt|passt nicht)",
            r"\b\w*(?:adres+|anschrift)\w*[^.;]{0,40}\b(?:nicht (?:lokalisiert|erreichbar|"
            r"angefahren|verifiziert|zugeordnet|aufgefunden|vorhanden|ausreichend)|"
            r"existiert nicht|fehlt|fehlen|lu(?:e)?ckenhaft|pru(?:e)?fen|kla(?:e)?ren)",
            rf"\b(?:{GERMAN_WHO}|firma|kunde)[^.;]{{0,20}}\b(?:ausgezogen|verstorben unter|"
            rf"nicht (?:mehr )?(?:wohnhaft|ansa(?:e)?ssig)|wohnt (?:dort )?nicht)\b|"
            rf"\bempfa(?:e)?nger nicht (?:gefunden|auffindbar)",
            r"\b\w*(?:adres+|anschrift)\w*[^.;]{0,40}\b(?:falsch|fehlerhaft|unvollsta(?:e)?ndig|"
            r"unbekannt|unzureichend|ungenu(?:e)?gend|ungu(?:e)?ltig|unleserlich|unklar|inkorrekt|"
            r"unrichtig|mangelhaft|problem|"
            r"nicht (?:gefunden|auffindbar|korrekt|vollsta(?:e)?ndig|bekannt|lesbar|existent|"
            r"ermittel\w*|eindeutig|vorhanden|zuzuordnen|identifizier\w*))",
            r"\b(?:falsche|verkehrte|fehlerhafte|unvollsta(?:e)?ndige|unbekannte|unzureichende|"
            r"ungu(?:e)?ltige|unleserliche|unklare|inkorrekte|mangelhafte|ungenu(?:e)?gende|"
            r"fehlende)[nrsm]? "
            r"(?:\w+ ){0,2}(?:\w*adres+|\w*anschrift|postleitzahl|plz|hausnummer)",
            r"\b(?:adres+|adressierungs?|anschrift|anschriften)s?-?(?:fehler|problem|"
            r"kla(?:e)?rung|mangel)|\b(?:fehler|problem|mangel)\w* (?:in|mit|bei|"
            r"an) der (?:\w+)?(?:adres+|anschrift)",
            rf"\b{GERMAN_WHO}[^.;]{{0,40}}\b(?:unbekannt|verzogen|umgezogen|weggezogen|"
            rf"nicht (?:zu )?(?:ermittel\w*|auffindbar|bekannt|gefunden))|\bunbekannt verzogen|"
            rf"\bverzogen\b|\b(?:um|weg)gezogen\b",
            r"\b(?:hausnummer|postleitzahl|klingelschild|name)\w*[^.;]{0,25}\b(?:fehlt|falsch|"
            r"nicht (?:am|an|auf|vorhanden|gefunden|lesbar))|\bkein (?:name|klingelschild)",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "aufg wege ware nich niem abwe gesc betr urla feri da kein verr vers unbe ruhe abge verf "
            "feie auss ramp stan oeff offn lage anna",
            r"\b(?:aufgrund|wegen|im) (?:von |des |eines )?(?:betriebs)?urlaubs?\b|\bbetriebs(?:urlaub|ferien|ruhe)|"
            r"\bkeine annahme\b|\bgeschlossene\w? (?:warenannahme|annahmestelle|geschaft|buro)|"
            r"\bwarenannahme (?:ist |war )?geschlossen",
            rf"\b(?:{GERMAN_WHO}|kunde)[^.;]{{0,40}}\bnicht (?:verfu(?:e)?gbar|anwesend|erreichbar|da)\b",
            rf"\b(?:{GERMAN_WHO}|kunde|telefon\w*|klingel\w*|anruf)[^.;]{{0,20}}\b(?:nicht (?:erreich\w+|"
            rf"gemeldet|geo(?:e)?ffnet|reagiert|beantwortet|vor ort|verfu(?:e)?gbar)|"
            rf"keine (?:reaktion|antwort))|\b(?:keine|keinen) (?:reaktion|antwort|person|"
            rf"empfa(?:e)?nger|ansprechpartner)[^.;]{{0,20}}|\bniemand (?:\w+ )?(?:gemacht|"
            rf"geo(?:e)?ffnet|vor ort|verfu(?:e)?gbar)",
            r"\b(?:warenannahme|wareneingang|rampe|lager|standort|standorte?)\b[^.;]{0,20}\b(?:geschlossen|zu|"
            r"unbesetzt)\b|"
            r"\b(?:au(?:ss|s|ß)erhalb der|keine) (?:o(?:e)?ffnungszeiten|annahmezeit\w*)|\bfeierabend",
            r"\b(?:tu(?:e)?r|tor|annahme|wareneingang|laden|pforte|"
            r"rezeption)\w* (?:\w+ )?(?:verschlossen|geschlossen|nicht besetzt|unbesetzt|"
            r"abgeschlossen)|\bruhetag\b|\bgeschlossen am\b",
            r"\b(?:nicht|niemand\w*)[^.;]{0,25}\b(?:angetroffen|anzutreffen|antreffen|zu ?hause|"
            r"anwesend|erreichbar|erreicht)\b|\bniemand\w* (?:da|o(?:e)?ffne\w*)",
            rf"\babwesend\w*|\b(?:wegen|aufgrund) abwesenheit|\babwesenheit de[rs] {GERMAN_WHO}|"
            rf"\b{GERMAN_WHO} (?:war |ist )?(?:nicht da|im urlaub|abwesen\w+)",
            r"\b(?:firma|gescha(?:e)?ft|betrieb|bu(?:e)?ro|laden|empfangsadresse|empfanger\w*|"
            r"empfaenger\w*|unternehmen|annahme|warenannahme)[^.;]{0,30}\b(?:geschlossen|"
            r"betriebsferien|urlaub|ferien)"
            r"|\bbetriebs(?:ferien|urlaub)",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "zoll verz impo einf einb wart beno auss pruf uebe fest kont offe prue frei beza insp "
            "zuru besc werd unvo uber ange erfo abge",
            r"\b\w*zoll\w*(?:hindernis\w*|verzo(?:e)?gerung\w*|stopp|sperre)\b|\b\w*zoll\w*[^.;]{0,40}\b(?:hindernis|"
            r"nicht mo(?:e)?glich|abgelehnt|verweigert|gescheitert|erfolglos|mangelhaft\w*|falsch\w*|unplausib\w*)|"
            r"\b(?:einfuhr|import)\w*(?:verbot|sperre)\b|\b(?:einfuhr|import)\w* (?:\w+ ){0,3}(?:abgebrochen|gestoppt)",
            r"\b(?:\w+)?zoll\w*[^.;]{0,50}\b(?:festgehalten|angehalten|zuru(?:e)?ckgehalten|"
            r"einbehalten|verzo(?:e)?ger\w*|pru(?:e)?f\w*|u(?:e)?berpru(?:e)?f\w*|beschau|"
            r"kontroll\w*|inspektion|beschlagnahm\w*|"
            r"fehl\w+|offen\w*|unvollsta(?:e)?ndig|wartet|warten|ausstehend|nicht (?:freigegeben|"
            r"abgeschlossen|bezahlt)|beno(?:e)?tigt|erforderlich|abgeholt werden)",
            r"\b(?:festgehalten|angehalten|zuru(?:e)?ckgehalten|beschlagnahmt|wartet|warten|"
            r"verzo(?:e)?ger\w+|fehlende\w*|fehlen|hindernis|problem\w*|"
            r"sto(?:e)?rung\w*)\b[^.;]{0,40}\b\w*(?:zoll|verzollung)",
            r"\bzoll(?:beschlagnahm\w*|beschau\w*|kontrolle|pru(?:e)?fung|problem\w*|"
            r"kla(?:e)?rung)|\b(?:einfuhr|import)[^.;]{0,25}\b(?:verboten|untersagt|"
            r"nicht (?:erlaubt|zula(?:e)?ssig|gestattet))"
            r"|\b(?:einfuhrabgaben|zollgebu(?:e)?hren|einfuhrumsatzsteuer)\b[^.;]{0,20}\b(?:offen|"
            r"ausstehend|zu zahlen|fa(?:e)?llig|nicht bezahlt)",
        ),
        rule(
            Topic.RETURN,
            "zuru reto ruck ruec abse vers remi geht",
            rf"\b{_BACK}\w*[^.;]{{0,40}}\b(?:absender|versender|auftraggeber|handler|haendler)|"
            rf"\ban (?:den |ihren |die )?(?:absender|versender|"
            rf"auftraggeber)\w*[^.;]{{0,30}}\b(?:zuru(?:e)?ck|retour)\w*",
            rf"\bru(?:e)?ckge(?:sendet|sandt|fu(?:e)?hrt|schickt|liefert)|\bretour ?[/–-]|\b{GERMAN_IT} (?:geht |"
            rf"ist |wird "
            rf")?retour\b|"
            r"\bgeht (?:an den \w+ )?(?:zuru(?:e)?ck|retour)\b|\bru(?:e)?ckla(?:e)?ufer|\bru(?:e)?ckfu(?:e)?hrung|"
            r"\bru(?:e)?ckgabe (?:\w+ ){0,3}an (?:den )?(?:absender|versender)|\bremittier\w*|\bremission\b",
            r"\bru(?:e)?cksendung|\bru(?:e)?ck(?:transport|versand|lieferung)\b|\bretoure\b|"
            r"^retour(?=$|:| [-–])|\bretourniert|\bretoursendung|\b(?:auf dem|den) ru(?:e)?ckweg"
            r"|"
            r"\b(?<!zentrum )(?<!depot )(?<!basis )(?<!station )(?<!filiale )(?<!lager )zuru(?:e)?ckge(?:sandt|"
            r"schickt|sendet|fu(?:e)?hrt)",
            negatable=False,
        ),
        rule(
            Topic.WEATHER,
            "unwe wett witt stur schn hoch uber uebe glat eisr natu gewi orka extr schl blit hage "
            "fros lawi erdr erdb nebe hitz vulk star wind boen stra widr kalt rege eis kael",
            r"\bunwetter|\bwetter(?:verzo(?:e)?gerung|bedingt\w*|lage|verha(?:e)?ltnis\w*|chaos)|\b(?:schlecht|"
            r"widrig|extrem)\w*[ -]?wetter\w*|\b(?:wegen|aufgrund)[^.;]{0,20}\bwetter|"
            r"\bwitterung\w*"
            r"|\b(?:sturm|orkan)(?:s|tief|scha(?:e)?den|bedingt)?\b|\bschnee(?:fall\w*|chaos|"
            r"sturm|verwehung\w*)?\b|\bhochwasser|\bu(?:e)?berschwemm\w*|\bu(?:e)?berflut\w*|"
            r"\bglatteis|\beisregen|\bnaturkatastrophe|\bgewitter|\bhagel\w*|\blawinen?\w*|\berdrutsch\w*|\berdbeben|"
            r"\bvulkan\w*|\bhitzewelle|\bstarke?[nrs]? (?:regen|wind|frost|nebel)\w*|\bstarkregen|\bstarkwind|"
            r"\bsturmbo(?:e)?en|"
            r"\b(?:wegen|durch|aufgrund) (?:von )?(?:\w+ )?(?:regen|wind|frost|nebel|eis|ka(?:e)?lte|hitze)\b",
        ),
        rule(
            Topic.DELAY,
            "verk verz vers zuru stre stau ruck ruec spat spae rech pann ausf zeit mehr ansc verp "
            "uber uebe fahr flug lang laen daue hohe erho star lief nach fort unte sper tech stoe "
            "stor pers unfa verm betr umle kapa ladu stra anna hohe demo unru stro syst fahr lieg "
            "nich ausn feie hoeh gren verf kran auto voll",
            r"\bverkehrs(?:problem|lage|bedingt|behinderung|aufkommen)\w*",
            r"\b(?:flughafen|strase|autobahn|strecke|grenze)\w*[^.;,]{0,15}\b(?:gesperrt|"
            r"blockiert|geschlossen)|\b(?:annahmeschluss|cut-?off)\w* (?:verpasst|verfehlt)|"
            r"\bho(?:e)?here\w? gewalt|\bunruhen\b|\bdemonstration\w*|\bstromausfall|\bsystemausfall|\bfahrermangel|"
            r"\bstra(?:ss|s|ß)ensperr\w*|\bkapazita(?:e)?tsgru(?:e)?nd\w*|\bliegen ?geblieben|\bnicht termingerecht|"
            r"\bausnahmezustand",
            r"\bzu wenig zeit|\bzeitlich nicht (?:mo(?:e)?glich|geschafft)",
            r"\b(?:verkehrsunfall|unfall|sperrung|vollsperrung|umleitung|verkehrslage|"
            r"verkehrsbedingt\w*|technische\w* (?:sto(?:e)?rung|defekt|problem)|personalmangel|"
            r"krankheitsbedingt\w*|betriebssto(?:e)?rung|kapazita(?:e)?tsengp\w+|"
            r"sto(?:e)?rung im betriebsablauf)",
            r"\b\w*verzo(?:e)?ger\w*|\bverspa(?:e)?t\w*|\bzuru(?:e)?ckgestellt|\b\w*streik\w*|"
            r"\bstau(?:s|bedingt)?\b|\bru(?:e)?cksta(?:e)?nd\w*|\bspa(?:e)?ter als\b|"
            r"\bnicht (?:rechtzeitig|pu(?:e)?nktlich|fristgerecht)"
            r"|\b(?:fahrzeug)?panne|\b(?:fahrzeug|flug)(?:ausfall|defekt)|\b(?:liefer)?verzug\b|"
            r"\bzeitmangel|\baus zeitgru(?:e)?nden|\bnicht (?:mehr )?geschafft|\b(?:anschluss|"
            r"flug)[^.;]{0,20}\b(?:verpasst|gestrichen|annulliert)"
            r"|\bu(?:e)?berlast\w+|\bdauert (?:\w+ )?la(?:e)?nger|\bla(?:e)?ngere\w? (?:laufzeit|"
            r"lieferzeit|zustellzeit|transportzeit)|\b(?:hohe\w*|erho(?:e)?hte\w*|"
            r"starke\w*) (?:paket|sendungs)?(?:aufkommen|volumen|menge)",
        ),
        rule(
            Topic.LOSS,
            "teil tota komp abha koll pack send pake",
            r"\b(?:teil|total|komplett)-?(?:verlust|fehlmenge)\b|\babhanden\w*|\b(?:kollo|kolli|packstu(?:e)?cke?|"
            r"sendung|paket|pakete)\b "
            r"(?:ist |sind )?nicht (?:vorhanden|auffindbar|eingetroffen und)",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "stra haus plz anga ort ansc gibt fehl stim vorh pass unbe exis",
            r"\b(?:stras+e|hausnummer|plz|postleitzahl|ort)\b[^.;]{0,12}\b(?:existiert nicht|gibt es nicht|"
            r"nicht vorhanden|"
            r"unbekannt|stimmt nicht|passt nicht)|\bfehlerhafte[nr]? (?:\w+ )?(?:anschrift|adress|empfa(?:e)?nger)\w*",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "kein niem klin tur tuer",
            r"\bkeine warena?nnahme\b|\b(?:keiner|niemand) (?:o(?:e)?ffne\w*|da|anwesend|angetroffen|erreichbar|vor "
            r"ort)|"
            r"\b(?:tu(?:e)?r|klingel)\b[^.;]{0,15}\bnicht geo(?:e)?ffnet",
            negatable=False,
        ),
        rule(Topic.CUSTOMS, "zoll", r"\bzollgut\b"),
        rule(Topic.DELAY, "plat kapa", r"\bplatzmangel|\bkapazita(?:e)?ts(?:mangel|engpass|gru(?:e)?nde)\w*"),
        rule(
            Topic.RETURN,
            "ruck ruec syst ausr",
            r"\b(?:system|ausroll)retoure\b|\bru(?:e)?cklauf\b|\bru(?:e)?cknahme durch (?:den )?(?:absender|versender)",
        ),
        *GERMAN_WAYS,
    ),
    negator=pattern(r"\b(?:kein\w*|nicht|ohne|nie|weder|noch)\b"),
    reach=32,
    stop=pattern(
        r"\b(?:\w*zustell\w*|zugestellt|wegen|aufgrund|da|weil|mo(?:e)?glich|ausgeliefert|durch|"
        r"infolge|nachdem|grund|nur|erfolgreich|abgeholt|angetroffen|gefunden|angenommen|"
        r"verarbeitet|nach)\b"
    ),
    denied=pattern(
        r"\s*[:=]\s*(?:kein\w*|nein|nicht|ohne)\b",
        r" (?:konnte |konnten |wurde |wurden |ist )?(?:nicht (?:festgestellt|feststellbar|"
        r"erkennbar|sichtbar|vorhanden|besta(?:e)?tigt)|ausgeschlossen|behoben)",
        r"(?:s?versicherung|sformular|smeldung bitte)",
    ),
    condition=pattern(
        r"\b(?:falls|wenn|sofern|ob|sollte[n]?|im fall\w*|mo(?:e)?glicherweise|eventuell|"
        r"gegebenenfalls|ggf|vermeid\w*|andernfalls|sonst)\b",
        r"\bbei (?:\w+ ){0,2}(?:bescha(?:e)?digung\w*|scha(?:e)?d\w+|verlust|abwesenheit|"
        r"verweigerung|nichtabholung|verspa(?:e)?tung)",
        r"\b(?:kann|koennen|konnen|koennte|ko(?:e)?nnten) (?:es )?(?:\w+ ){0,3}zu\b|\bkann sich\b|"
        r"\bbitte (?:pru(?:e)?fen|kontrollieren|beachten)|\bu(?:e)?berpru(?:e)?fen sie\b|"
        r"\bschu(?:e)?tz\w*|\bvor (?:na(?:e)?sse|bruch)",
    ),
    future=pattern(r"\b(?:wird|werden|kann(?! nicht))\b"),
    thing_before=pattern(
        r"\b(?:label|etikett|barcode|versandlabel|paketlabel|fahrzeug|strasse|strase|scanner|"
        r"dokument|rechnung|unterlagen)(?: ist| war| wurde| sind| waren)* $",
    ),
    thing_after=pattern(r"(?:weg|strase|strasse|platz|gasse|stadt)\b"),
    over={
        Topic.LOSS: pattern(r"\b(?<!nicht )(?<!noch nicht )(?:wieder ?)?(?:gefunden|aufgefunden|aufgetaucht)\b"),
        Topic.CUSTOMS: pattern(r"\b(?<!nicht )(?<!noch nicht )(?:freigegeben|abgeschlossen|beendet)\b"),
        Topic.ADDRESS: pattern(r"\b(?<!nicht )(?:korrigiert|berichtigt|geklart|geklaert)\b"),
        Topic.DELAY: pattern(r"\b(?<!nicht )behoben\b"),
    },
)
