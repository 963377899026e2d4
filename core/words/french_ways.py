"""Further ways of saying it in French: families of phrases, one rule a topic, for what carriers seldom say.

Invariant: data only. May import: core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule
from core.words.nouns import FRENCH_IT, FRENCH_WHO

FRENCH_WAYS = (
    rule(
        Topic.LOSS,
        "manq non disp",
        rf"^manquant\w*|^manque\b(?! d)|\bmanque (?:un|1|des|\d+) {FRENCH_IT}|\bnon re(?:c|ç)u\w* (?:par|au|a|en|"
        rf"dans) (?:le |la |l'|notre )?(?:depot|"
        r"agence|plateforme|centre|hub|entrepot)|\bdisparition\b|\bnon presente?s? (?:au|a|lors|dans)",
        negatable=False,
    ),
    rule(
        Topic.DAMAGE,
        "emba detr hors prod du",
        r"\bemballage (?:est )?(?:insuffisant|inadapte|inadequat|defectueux|non conforme|fragilise)|\bdetrui(?:t|te|"
        r"ts|tes)\b|"
        r"\bdestruction (?:du|de)\b|\bhors d'usage|\bproduit (?:casse|perime|coule)",
    ),
    rule(
        Topic.REFUSAL,
        "veut annu chan retr reno desi pret voul souh deco pren",
        rf"\b{FRENCH_WHO} (?:ne |n')(?:en )?(?:veut|voulait|voulez|desire|souhaite|prend) (?:plus|pas)\b(?! (?:etre "
        rf"livre|de livraison))|"
        rf"\b{FRENCH_WHO} (?:a |avait )?(?:annule|renonce|change d'avis|se retracte|decommande)\b|\b(?:commande |"
        rf"livraison )?annulee? par "
        rf"(?:le |la )?{FRENCH_WHO}\b|\bretractation\b",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "adre comp coor info entr soci dece boit noms habi prec voie loca fich deme nume nume tele part n",
        r"\badresse?\b[^.;]{0,25}\ba (?:verifier|confirmer|completer|corriger|preciser|mettre a jour)|\b(?:attente|"
        r"manque|besoin|demande|"
        r"necessite)\w*\b[^.;]{0,20}\b(?:adresse|complement d'adresse|precisions?)\b|\bcomplement (?:d'adresse |"
        r"d'information )?(?:necessaire|"
        r"requis|manquant|demande)|\b(?:informations?|donnees|elements) d'adresse\b[^.;]{0,15}\b(?:manquant|incompl|"
        r"insuffis|erron)\w*|"
        r"\b(?:coordonnees|informations?(?: de livraison| client| destinataire)?|donnees|"
        r"fiche)\b[^.;]{0,12}\b(?:incompl|erron|insuffis|"
        r"incorrect|manquant|fauss|inexact)\w*",
        r"\b(?:entreprise|societe|magasin|etablissement|client|destinataire|batiment|lieu|domicile|maison|immeuble|"
        r"boite aux lettres|nom)\b"
        r"[^.;]{0,12}\b(?:introuvable|demenage\w*|inexistant|inconnu|non (?:trouve|identifie|localise|repertorie|"
        r"accessible a l'adresse)|"
        r"parti\w* sans)\w*|\b(?:n'a|n'avons|n'ont|n'ai) pas (?:pu )?(?:trouver?|localiser?|identifier?|trouve|"
        r"localise|identifie) "
        r"(?:l'adresse|votre adresse|le (?:lieu|domicile|destinataire|batiment|nom)|la (?:rue|maison|societe))|"
        r"\bsans laisser d'adresse|"
        r"\bdecede\w*|\bne (?:travaille|figure|fait) plus\b|\badresse (?:obsolete|ancienne|non (?:desservie "
        r"incomplete|geolocalis\w+|exploitable|"
        r"reconnue|repertoriee))|\bancienne adresse|\badressage\b",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "avis abse avai ferm pu port aucu gard loca clos pers inde reso abse inoc cong non indi appe "
        "tele mess rdv renc lign join verr occu jour sona sans ai leur ont coup pas accu rais sort "
        "hors injo",
        r"\braison d[e'u] (?:votre|son|leur|l')? ?absence|\bn'y avait (?:personne|pas de reponse)|\bavises? "
        r"absents?|\bfermeture\b(?! (?:de la route|de route|du (?:col|port|tunnel)|de l'(?:autoroute|aeroport)|"
        r"definitive de l'agence))|"
        r"\b(?:n'avons|n'a|n'ont|n'ai) pas (?:pu |reussi a )?(?:vous |le |la |les )?(?:joindre|rencontrer|contacter)\b|"
        r"\b(?:porte|portail|local|locaux|barriere|entrepot|quai|rideau|agence du client|mairie|ecole|cabinet|"
        r"pharmacie|boutique|restaurant|"
        r"usine|depot du client)s? (?:est |etait |sont )?(?:ferme|clos|close|verrouille|inoccupe)\w*|\b(?:aucun|"
        r"aucune|pas de|sans) (?:destinataire|"
        r"personne|receptionnaire|client|gardien|reponse|occupant|interlocuteur|responsable|representant|"
        r"signataire)\b[^.;]{0,15}"
        r"(?:present|disponible|sur place|la|a l'adresse|trouve|au telephone|de la part|$)\w*",
        r"\b(?:gardien|concierge|responsable|receptionnaire|interlocuteur|accueil|client|clients|"
        r"signataire)\b[^.;]{0,10}\b(?:absent|indisponible|"
        r"non (?:present|disponible)|en conge|occupe|pas la|sorti)\w*|\bindisponib\w+ (?:du|de la|des) (?:client|"
        r"destinataire)|"
        r"\b(?:appels?|telephone|numero|portable|ligne)\b[^.;]{0,15}\b(?:sans (?:reponse|suite)|non (?:abouti|"
        r"decroche|attribue|joignable)|injoignable|"
        r"occupe|coupe|hors (?:reseau|service))\w*|\bjours? de (?:fermeture|repos)\b|\bferme (?:le|ce|pour|a|"
        r"aujourd|definitive|exception)\w*",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "fact conf refu dedo doua marc liti droi prod tax docu vali cert rete inte regl paie sont "
        "impo proh exig arti veri recl dema",
        r"\b(?:attente|demande) (?:du |de |d'un )?(?:paiement|reglement) (?:des |de |du )?(?:droits|taxes|frais de "
        r"douane)|\bdouanes? (?:a|ont) besoin|"
        r"\bfacture (?:commerciale|proforma)\b[^.;]{0,20}\b(?:manqu|absent|requis|incompl|demand|non)\w*|\bconfisqu\w+|"
        r"\brefuse\w* par (?:la |les )?(?:douane|autorite)\w*|\bdedouanement\b[^.;]{0,20}\b(?:impossible|refuse|"
        r"interrompu|rejete|echoue|"
        r"non (?:effectue|termine|autorise)|difficile|litige)\w*|\b(?:douane|douanes|douanier\w*|"
        r"transitaire)\b[^.;]{0,25}\b(?:demand|exig|reclam|"
        r"litige|question|en cours de verification|verifi|confisqu|refus)\w*|\blitige\w*\b[^.;]{0,15}\bdouan\w+|"
        r"\b(?:marchandise|produit|article|"
        r"contenu|colis)s? (?:est |sont )?(?:prohib|contrefait|contrefacon)\w*|\bprohib\w+ a l'import\w*",
        negatable=False,
    ),
    rule(
        Topic.RETURN,
        "reto repa mise renv rest repr revi",
        r"^retour\b(?! (?:a l'|(?:au|a la|en|aux|de) )(?:notre |la |l')?(?:depot|agence|bureau|centre|entrepot "
        r"local|tournee|camion|plateforme|"
        r"livraison))|\bretours? (?:livre|recu|effectue|client|demande|programme|valide|planifie|enregistre|"
        r"confirme|prevu|entrepot|expedie|"
        r"marchandise|agence expeditrice|definitif|initie|collecte|arrive)\w*|\brepart\w* (?:vers|chez|a) (?:l'|le "
        r")?(?:expediteur|vendeur)|"
        r"(?:[-–,:] ?|\bet |\bnon reclame,? )retourne\w*|\bmis\w* en retour|\bretournee?s? (?:au |a la )(?:partenaire|"
        r"commercant|donneur)\b|\b(?:colis|envoi|commande) (?:en cours "
        r"de |pour |a )?retour(?:ner)?\b(?! (?:au|a l'|"
        r"a la|en) (?:notre )?(?:depot|agence|bureau|centre|plateforme))|\brevient (?:chez|a|vers) (?:l'|le "
        r")?(?:expediteur|vendeur)",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "circ mouv fort prob repo tour chau manq tard char rest reli alea exce arri trop acti indi "
        "penu inci surc cong volo aujo ce pic moye mala capa insu abse",
        r"\bcirculation (?:difficile|dense|perturbee|interrompue)|\bmouvements? (?:social|sociaux|de greve)|"
        r"\bfort\w* (?:activite|affluence|trafic)|"
        r"\bprobleme (?:informatique|logistique|d'acheminement|d'exploitation|de (?:tri|transport|vehicule|camion|"
        r"circulation|production))|"
        r"\b(?<!demande de )report de (?:la )?livraison\b(?![^.;]{0,30}\b(?:demande|souhait))|"
        r"\blivraison\b[^.;]{0,20}\b(?:non effectuee|pas effectuee|impossible) "
        r"(?:ce jour|aujourd)\w*|\btournee (?:incomplete|tardive|surchargee|annulee|interrompue|trop chargee)|"
        r"\b(?:chauffeur|livreur|conducteur|vehicule)s? (?:est )?(?:indisponible|absent|malade|insuffisant)\w*|"
        r"\b(?:manque|penurie|absence) de "
        r"(?:personnel|chauffeur|livreur|vehicule|place|camion|capacite|moyens)s?\b|\b(?:trop|arrivee?|recue?|"
        r"presentee?|mise?) (?:en )?tard(?:if|ive|ivement)?\b",
        r"\barrivages? tardifs?|\bnon charge\w*|\breste\w* a quai|^reliquat|\b(?:colis|envoi) en reliquat|\baleas? "
        r"(?:de |d')(?:production|transport|"
        r"exploitation|livraison|circulation)|\bcirconstances (?:exceptionnelles|imprevues|independantes)|"
        r"\b(?:surcroit|surcharge|pic) "
        r"(?:d'activite|de colis|de travail|saisonnier)|\bindependant\w* de notre volonte|\bincident de (?:parcours|"
        r"livraison|transport|tri|vehicule)",
        negatable=False,
    ),
    rule(Topic.DAMAGE, "pale cart coli renv chav mois", r"\b(?:palette|carton|colis) renversee?s?\b|\bmoisi\w*\b"),
    rule(
        Topic.REFUSAL,
        "rien pas comm",
        r"\b(?:n'a|n'avoir|n'avait|n'ai) (?:rien|pas|jamais) (?:ete )?commande\b",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "vole habi inha nhab",
        r"\bvolets (?:clos|fermes)|\bn'?habite personne\b|\b(?:maison|logement|appartement) inhabitee?\b",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "bloc lice perm docu auto doua",
        r"\bblocages? (?:en|par la|a la) douane|\b(?:licence|permis|autorisation|documents?) d'(?:importation|import)\b"
        r"[^.;]{0,20}\b(?:manquant|requis|absent|necessaire|attendu|non)\w*|\bdouane\b[^.;]{0,12}\b(?:demande|exige|"
        r"reclame)\b",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "chau livr cond cami vehi four vol trai bate arri auto rout pont tunn avio",
        r"\b(?:chauffeur|livreur|conducteur|camion|vehicule|fourgon|train|bateau|avion)s? (?:est |a ete |a eu un )*"
        r"(?:accident\w*|immobilise|bloque|en retard|annule|hors service|tombe en panne)\w*|"
        r"\barrive\w* apres (?:le|la) (?:depart|tournee|chargement|heure)|\b(?:autoroute|route|pont|tunnel)s? "
        r"(?:est |sont )?(?:barree?|fermee?|coupee?|bloquee?)s?\b",
        negatable=False,
    ),
)
