"""Small and common words that give a language away, so that only its rules are tried.

Left out are words that other texts hold by chance: "AM", "EST", "as" and "às", single letters.

Invariant: data only; a word may mark several languages. May import: the standard library.
"""

from __future__ import annotations

MARKS: dict[str, tuple[str, ...]] = {}
for _names, _words in (
    (
        "en",
        "the is was were has have been be being of by to at and for with from your this that will not if our we you it "
        "its out delivery delivered shipment package parcel recipient receiver customer sender address customs "
        "arrived departed due could unable because left business weather damage damaged delayed delay refused return "
        "returned returning carrier",
    ),
    (
        "de",
        "der die das den dem ein eine einer einem und ist wurde wurden wird werden nicht kein keine keinen im zum zur "
        "auf aus bei mit von vom durch wegen aufgrund konnte sendung paket empfanger empfaenger absender zustellung "
        "zugestellt annahme ihr ihre zoll beschadigt beschadigung verzogerung ohne",
    ),
    (
        "fr",
        "le les du ete etait au aux et avec dans pour par votre pas colis envoi destinataire "
        "expediteur livraison livre "
        "etiquette douane douanes cause qui sans aucun aucune chez",
    ),
    ("es", "el los las del y ha sido fue con sin paquete direccion domicilio aduana hay ningun ninguna pudo"),
    (
        "pt",
        "os ao aos foi nao em na nas nos sem encomenda endereco morada alfandega entregue tentativa pelo pela "
        "remetente nenhum nenhuma objeto nova novo saiu",
    ),
    ("es pt", "dos envio destinatario cliente entrega por debido danos para"),
    ("fr es pt", "que se sera"),
    ("fr es", "la en une una sur"),
    ("fr es pt de", "de"),
    ("fr de", "des retour adresse"),
    ("pt de", "da um"),
    ("en es pt", "no"),
    ("en pt", "item"),
    ("fr pt", "ou"),
):
    for _word in _words.split():
        MARKS[_word] = (*MARKS.get(_word, ()), *_names.split())
