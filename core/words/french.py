"""How carriers say it in French.

Invariant: data only. May import: core.words.french_ways, core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.french_ways import FRENCH_WAYS
from core.words.kinds import Language, Topic, pattern, rule
from core.words.nouns import FRENCH_IT, FRENCH_WHO

FRENCH = Language(
    name="fr",
    rules=(
        rule(
            Topic.LOSS,
            "perd pert egar vole vol disp intr manq spol retr loca cont vols deta inco vide rech deto moin",
            r"\bcambriol\w+|\bincomplet\w* \d|\bcolis (?:en moins|manquants?)|\bbraquage|"
            r"\bdetourne\b|\bcontenu (?:vide|spolie|disparu|partiel|incomplet)|\bnon retrouve|"
            rf"\bmanqu(?:e|ait|aient|ent)\b[^.;:]{{0,20}}\b(?:dans|du|au|de) (?:le |l'|votre |mon |ce )?{FRENCH_IT}|"
            rf"\b{FRENCH_IT} (?:est |etait |recu |arrive |livre )*(?:vide|incomplet)s?\b(?! d'adresse)|"
            r"\brecherches? (?:infructueuse|sans resultat|restee sans)\w*",
            r"\bperdue?s?\b|\bpertes?\b|\begare(?:e|s|es)?\b|\bvole(?:e|s|es)?\b|\bdisparu\w*|"
            r"\bdisparition|\bspoli\w+|\bvol (?:du|de|des|constate|declare|signale)\b",
            rf"\b{FRENCH_IT}[^.;:]{{0,25}}\b(?:introuvable|manquant)\w*|\bmanquant (?:a|au|dans|lors|sur)\b",
        ),
        rule(
            Topic.LOSS,
            "retr loca trou relo",
            rf"\b{FRENCH_IT}[^.;:]{{0,30}}\b(?:pas|plus|non)(?: pu)?(?: ete| etre)? (?:re)?(?:trouve|"
            rf"localise)|\bpas (?:pu )?(?:re)?(?:trouver?|localiser?) (?:votre |le |l')?{FRENCH_IT}",
            negatable=False,
        ),
        rule(
            Topic.DAMAGE,
            "endo abim avar cass bris dete dega domm defo ecra dech even moui fuit ouve perc humi "
            "defe degr fend tord tach couv ouvr cont crev fiss coul cabo enfo ecla trem choc mauv "
            "alte romp",
            r"\bdegrad(?:e|ee|es|ees|ation)\b|\bfissure\w*|\bperce(?:e|s)?\b|\bcreve\w*|"
            r"\btache(?:e|s)\b|\bcoule\b|\bcontenu (?:abime|renverse|repandu|expose)|\bhumidite\b|"
            r"\brompu|\bcaboss\w+|\benfonc(?:e|ee|es|ees)\b|\beclat(?:e|ee|es|ees)\b|\btrempe\w*|\bcontenu altere|"
            r"\b(?:en )?mauvais etat\b|\bchocs? (?:constate|visible|sur)",
            r"\bendommag\w+|\babim\w+|\bavari\w+|\bcasse(?:e|s|es)?\b|\bbris(?:e|es|ee|ees)?\b|"
            r"\bdeterior\w+|\bdegats?\b|\bdommages?\b|\bdefonc\w+|\becras(?:e|ee|es|ees|ement)\b|"
            r"\bdechir\w+"
            r"|\beventr\w+|\bmouille\w*|\bfuites?\b|\bdeform\w+|\bdefectueu\w+",
            rf"\b(?:{FRENCH_IT}|emballage|carton) (?:est |a ete |etait |recu |arrive )*(?:ouvert|perce|humide)",
        ),
        rule(
            Topic.REPACK,
            "reco reem emba remb",
            r"\breconditionn\w+|\breemball\w+|\bremballe\w*|\bemballage[^.;]{0,30}\b(?:renforc|"
            r"refait|repar|reconstitu|consolid)\w*",
        ),
        rule(
            Topic.REFUSAL,
            "refu acce decl comm annu reje voul souh veut",
            r"\brejet(?:e|ee)\b|\bn'a (?:pas|rien) commande|\bnon commande|\bne souhaite (?:pas|"
            r"plus)|\bn'a pas voulu|\bne veut (?:pas|plus)",
            r"\b(?<!acces )refus\w*\b(?! (?:par|de) (?:la |les )?(?:douane|autorite))|\bnon accepte\w*|\bn'a pas "
            r"(?:souhaite )?accepte|\ba decline\b|\bne (?:veut|souhaite) pas\b",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "adre habi npai deme inco intr erro manq inex ille non abse faux faus inva impo mal quit "
            "part chan plus inde impr mauv insu comp ne n rep sonn inte illi",
            r"\b(?:rue|voie|batiment|etage|appartement|ville|commune|localite|nom|prenom|digicode|"
            r"numero|boite aux lettres|code)\b[^.;]{0,25}\b(?:incorrect|errone|manquant|incompl|"
            r"inexist|introuvable|illisible|inconnu|non (?:indique|trouve|precise|conforme)|"
            r"absent (?:de|sur|du)|faux|fausse|invalide)\w*",
            r"\b(?:nom|sonnette|interphone)\b[^.;]{0,20}\b(?:absent|introuvable|inexistant|pas sur|ne correspond)\w*|"
            r"\b(?:pas de|aucun) nom (?:sur|a)\b|\bdestinataire (?:non |pas )(?:trouve|connu|identifie)",
            r"\b(?:impossible|impossibilite) de (?:trouver|localiser|situer) (?:l'|cette |"
            r"votre )?(?:adresse|destinataire|entreprise|lieu)|\badres+age\b|\bmal adresse|"
            r"\b(?:destinataire|societe|entreprise|client) (?:a |est )?(?:quitte|parti\w*|"
            r"change d'adresse|non repertorie)|\bplus a (?:cette|l')\s?adresse",
            r"\badresse?\w*[^.;]{0,40}\b(?:incompl|incorrect|errone|inconnu|inexist|insuffis|"
            r"introuvable|inexact|invalide|faus|illisible|imprecis|erreur|non (?:valide|trouve|"
            r"identifie|reconnu|conforme)"
            r"|pas (?:ete )?(?:trouve|valide|correct|complet)|n'existe pas|probleme|defaut|"
            r"anomalie|a (?:verifier|completer|preciser))\w*",
            r"\b(?:mauvaise|fausse|erreurs? (?:d'|de l'|sur l'|dans l')|problemes? (?:d'|avec l'|"
            r"sur l')|defaut d'|manque d'|anomalie (?:d'|sur l')|incorrecte|incomplete) ?adres+",
            rf"\bn'?habite (?:pas|plus)|\bne (?:reside|vit|demeure) (?:pas|plus)|\bnpai\b|"
            rf"\b{FRENCH_WHO} (?:est |a )?(?:inconnu|introuvable|non identifi|demenage|non trouve)\w*|"
            rf"\ba demenage|\bdemenage\b|\binconnu[es]* a l'adresse",
            r"\b(?:code postal|numero (?:de (?:rue|voie)|d'appartement)|complement d'adresse|"
            r"nom)[^.;]{0,25}\b(?:incorrect|errone|manquant|incompl|inexist|introuvable|"
            r"absent (?:de|sur)|non indique|illisible)\w*"
            r"|\bmanque d'informations?\b|\binformations? (?:de livraison )?(?:insuffisante|manquante|incomplete)",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "trou renc abse etie pers ferm inj injo pu impo pas cong vaca repo sans indi etei mess "
            "non clos ne disp boit resp aucu decr coup hors joig plus",
            r"\b(?:n'a|n'ont) pas repondu\b|\b(?:n'ai|n'avons|n'a) (?:trouve|rencontre|vu) personne|"
            r"\btrouve personne\b",
            rf"\b{FRENCH_WHO}[^.;]{{0,20}}\b(?:pas|non|plus) (?:disponible|present|joignable|la)\b",
            r"\bne decroche (?:pas|plus)|\b(?:repondeur|boite vocale)\b|\baucune reponse\b|\bresponsable absent|"
            r"\b(?:telephone|portable|mobile)\b[^.;]{0,12}\b(?:ferme|eteint|coupe|hors service)|"
            r"\bn'etait pas (?:chez (?:lui|elle|vous)|a (?:son )?domicile)",
            r"\b(?:client|destinataire|telephone|appels?)\b[^.;]{0,20}\b(?:ne repond (?:pas|plus)|"
            r"pas de reponse|sans reponse|indisponible|non disponible|eteint|messagerie|"
            r"non joignable)\b|\bsans reponse\b|\bsonnette\b[^.;]{0,15}\bsans|\bporte close|"
            r"\bne repond pas|\b(?:societe|magasin|entreprise|bureaux?|etablissement|commerce|"
            r"chantier|client|reception) (?:est |etait |deja )*(?:clos|ferme)",
            rf"\b{FRENCH_WHO}[^.;]{{0,30}}\babsen\w*|\babsen(?:ce|t) (?:du|de la|des|de votre|d'un|lors|"
            rf"au|a votre|a l'adresse|a son|a domicile)\b(?! document| facture| declaration)"
            r"|\bavis? d'absence|\betiez absent|\b(?:en|pour|"
            r"cause) (?:votre )?absence\b(?! de (?:document|facture|declaration))|^absen\w+|"
            r"^ferme(?:e|s)?\b(?! (?:en|dans|avec))|[:-] ?absen(?:t|ce)\b",
            r"\bpersonne (?:n'|ne |a |pour |sur |present)|\bn'a (?:pas )?pu etre (?:joint|"
            r"contacte)|\binjoignable|\bimpossible de (?:joindre|contacter)|\bpas de reponse",
            r"\b(?:magasin|entreprise|etablissement|societe|commerce|site|client|destinataire|"
            r"bureaux|locaux|adresse)[^.;]{0,25}\bferme(?:e|s|es)?\b|\bfermeture (?:hebdo|"
            r"annuelle|pour|de l'entreprise|du (?:site|client|destinataire|magasin))"
            r"|\ben (?:conges?|vacances)\b|\blieu de livraison ferme",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "doua dedo droi taxe impo",
            r"\b(?:retenu|retention|bloqu|saisi|retard|attente|attend|intercept|control|inspect|"
            r"immobilis|manqu|incomplet|incident|anomalie|probleme|consign|"
            r"suspen)\w*[^.;]{0,60}\b(?:douan|dedouan)\w*",
            r"\b(?:douan|dedouan)\w*[^.;]{0,60}\b(?:retenu|bloqu|retard|attente|manquant|"
            r"incorrect|incomplet|saisi|control|inspect|impaye|a payer|a regler|anomalie|suspen|"
            r"requis|necessaire|refus|incident|non (?:paye|autoris|conform))\w*",
            r"\b(?:droits|taxes)\b[^.;]{0,30}\b(?:a payer|a regler|impaye|dus|en attente|non paye|"
            r"non regle)\w*|\bimport\w*[^.;]{0,25}\b(?:interdit|prohib|non autoris)\w*",
        ),
        rule(
            Topic.RETURN,
            "dist reto renv reex rend exp livr rest retr non",
            r"\bdistribue a l'expediteur|\bretourne\w* au (?:point|lieu|bureau) de depart",
            r"\bretourne(?:e|s|es)? (?:a|chez|vers|au) (?:l'|le |la |son )?(?:expediteur|envoyeur|"
            r"vendeur|marchand|e-?commercant|client expediteur)",
            r"\b(?:retour|renvoye|renvoi|reexpedi|rendu|restitu)\w*[^.;]{0,40}\b(?:l'expediteur|"
            r"l'envoyeur|expediteur|expedition d'origine|vendeur|marchand|l'origine|origine)",
            r"\bretour (?:est )?(?:en cours|amorce|initie|entame|engage)|"
            r"\ben (?:cours de )?retour\b|\blivre a l'expediteur|\b(?:colis|envoi|paquet) (?:est |"
            r"a ete |sera |va etre )?(?:retourne|renvoye|en retour)\b"
            r"(?! (?:au|a l'|a la|a notre|vers) ?(?:le |la |l')?(?:depot|agence|bureau|centre|entrepot|station|hub|"
            r"site|plateforme))|\bretourne a (?:l')?(?:expediteur|envoyeur)",
            negatable=False,
        ),
        rule(
            Topic.WEATHER,
            "inte mete mauv clim neig verg temp inon cycl oura crue cata orag enne vent grel brou seis plui cani "
            "ebou aval epis",
            r"\bintemperies?|\bmeteo(?:rolog\w*)?\b|\bmauvais temps|\b(?:conditions?|aleas?|"
            r"evenements?) climatiques?|\bneige|\benneige\w*|\bverglas|\btempetes?\b|\binond\w+|"
            r"\bcyclone|\bouragan|\bcrues?\b|\bcatastrophe naturelle|\borages?\b|\bvents? (?:violent|fort)\w*|"
            r"\bgrele\b|"
            r"\bbrouillard|\bseisme|\bfortes pluies|\bpluies? (?:diluvienne|torrentielle|forte|abondante)\w*|"
            r"\bcanicule|"
            r"\beboulement|\bavalanche|\bepisode (?:neigeux|mediterraneen|cevenol|orageux)",
        ),
        rule(
            Topic.DELAY,
            "reta repo grev embo traf pann vol manq tour corr dela plus pert rale diff jour heur "
            "temp pren hors acci rout bouc gree inci tech atte surc volu affl mani bloc sect susp "
            "acce aero auto forc sat alea cas satu deca fron flux axe acti mouv oper prob inte",
            r"\bforce majeure\b|\bsaturation\b|\b(?:volume|flux|trafic|activite) (?:exceptionnel|inhabituel|eleve)\w*|"
            r"\bvehicule accidente|\baleas? (?:de transport|logistique|d'exploitation)",
            r"\b(?:aeroport|route|autoroute|axe|frontiere)\b[^.;,]{0,15}\b(?:ferme|bloque|coupe|"
            r"barre)\w*|\bheure limite (?:depassee|manquee)|\btemps (?:insuffisant|manquant)",
            r"\b(?:accident|route (?:barree|coupee|fermee)|bouchons?|incident (?:technique|"
            r"d'exploitation|de transport|operationnel)|probleme (?:technique|operationnel|"
            r"mecanique)|forte affluence|surcharge|volumes? (?:important|exceptionnel)\w*|"
            r"mouvement social|manifestation|blocage|distribution suspendue|"
            r"livraisons? (?:suspendue|interrompue)s?)\b",
            r"\bretard\w*|\bgreves?\b|\bembouteill\w+|\btrafic (?:dense|perturb\w+)|\b(?:panne|"
            r"vehicule en panne)\b|\bvol annule|\bmanque de temps|\bfaute de temps|\bperturb\w+|"
            r"\bralenti\w*"
            r"|\btournee[^.;]{0,20}\b(?:non|pas|inachev|interrompu)\w*|"
            r"\bcorrespondance (?:manquee|ratee)|\bdelais? (?:supplementaire|allonge|prolonge|"
            r"depasse|rallonge|non respecte|de livraison allonge)\w*"
            r"|\bplus (?:tard|longtemps|long) que (?:prevu|d'habitude)|\bhors delai|\bprend (?:\w+ )?plus de temps",
            r"\blivraison (?:de votre colis )?(?:est |a ete )?(?:reportee|differee|"
            r"decalee)\b(?![^.;]{0,30}\b(?:demande|souhait|convenance|choix|absence))",
        ),
        rule(Topic.LOSS, "vol vole", r"^vol$|\bvol (?:constate|declare|du colis)|\bvolee?s?\b(?! annule)"),
        rule(
            Topic.REFUSAL,
            "veut voul desi pas plus",
            r"\b(?:ne |n')?(?:veut|voulait|desire|souhaite)(?: pas| plus)+ (?:du|de|le|la|recevoir|prendre|accepter|"
            r"son)\b|"
            r"\bplus interesse",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "pas repo boit mess decr rep sans occu sonn ouve ouvr",
            r"\bpas (?:de )?reponse|\bsans reponse|\bboite vocale|\brepondeur\b|\bmessagerie vocale|"
            r"\bn'a pas (?:decroche|repondu|ouvert)|\bne (?:decroche|repond|ouvre) (?:pas|plus)|\bnumero occupe",
            negatable=False,
        ),
        rule(
            Topic.RETURN,
            "reto dema reve renv",
            r"\bretour en (?:route|chemin|transit)|\bdemande (?:de )?retour\b|\b(?:colis|commande|envoi|"
            r"paquet) revenue?s?\b|"
            r"\bretour (?:au |vers (?:le |la )?|a la |en )?(?:magasin|boutique|marchand|source|fournisseur)|"
            r"\bretournee?s? (?:au |en |a la |vers (?:le |la )?)(?:magasin|boutique|marchand|fournisseur|client)|"
            r"^retournee?s?$",
            negatable=False,
        ),
        rule(
            Topic.DELAY,
            "livr arri deca pass",
            r"\blivraison decalee\b(?![^.;]{0,30}\b(?:demande|souhait|convenance))|\barrivee? (?:trop )?tardi(?:f|"
            r"ve)\w*|"
            r"\bpassage tardif",
        ),
        *FRENCH_WAYS,
    ),
    negator=pattern(r"\b(?:sans|aucune?|pas|non|ni|jamais|nul(?:le)?)\b"),
    reach=32,
    stop=pattern(
        r"\b(?:livr\w+|distribu\w+|remis\w*|pu|possible|suite|cause|raison|car|pour|par|reussi|"
        r"effectue\w*|dedouane|present\w*|accepte|du|que)\b"
    ),
    denied=pattern(
        r"\s*[:=]\s*(?:aucun|non|neant|sans|nul)\w*",
        r" (?:non (?:constate|avere|visible)\w*|n'(?:a|est|ont) (?:ete )?(?:pas|constate)|"
        r"exclu\w*|pas (?:constate|visible))",
    ),
    condition=pattern(
        r"\bsi\b|\bs'ils?\b|\ben cas d\w*|\bau cas ou\b|\bverifi(?:ez|er)\b|\beviter\b|"
        r"\brisque\w*|\bpourrai\w+|\b(?<!ne )(?<!n'y )peu(?:t|vent) (?:etre|entrainer|subir|"
        r"causer|engendrer|connaitre|occasionner)"
        r"|\bpeut-etre|\bsusceptible\w*|\beventuel\w*|\bcontrolez\b|\bavant de\b|\bproteg\w+|"
        r"\bfaute de\b(?! temps)|\ba defaut\b"
    ),
    future=pattern(r"\b(?<!ne )(?:sera|seront|peut|pourra)\b"),
    thing_before=pattern(
        r"\b(?:etiquette|code[- ]barres?|vehicule|camion|route|document|facture|bordereau|"
        r"scanner)s?(?: est| etait| a ete| sont)* $",
        r"\b(?:avion|rue|place|avenue) (?:\w+ )?$",
    ),
    thing_after=pattern(r" (?:street|avenue)\b"),
    over={
        Topic.LOSS: pattern(r"\b(?<!pas )(?<!pas ete )(?<!non )(?:retrouve|localise|recupere)e?s?\b"),
        Topic.CUSTOMS: pattern(
            r"\b(?<!pas )(?<!pas ete )(?<!non )(?:liber|termin|dedouane(?:e|s)?\b|autorise|acheve|leve)\w*"
        ),
        Topic.ADDRESS: pattern(r"\b(?<!pas )(?<!etre )(?:corrigee?|completee|rectifiee)s?\b"),
        Topic.DELAY: pattern(r"\bresolu"),
    },
)
