"""The parcel and the person who takes it, in each language's words: parts of many patterns.

Invariant: data only. May import: nothing.
"""

from __future__ import annotations

GERMAN_IT = (
    r"(?:sendung|paket|paeckchen|packchen|packstuck|packstueck|ware|inhalt|lieferung|brief|"
    r"packung|karton|colli|kolli|artikel)\w{0,2}"
)
GERMAN_WHO = r"(?:empfanger|empfaenger|kunde|adressat|empfangsberechtigte)\w{0,2}"
FRENCH_IT = r"(?:colis|envoi|pli|paquet|objet|contenu|article|marchandise|courrier|lettre|produit)s?"
FRENCH_WHO = r"(?:destinataire|client|reception(?:naire)?|habitant|occupant)e?s?"
SPANISH_IT = (
    r"(?:envio|paquete|bulto|pieza|objeto|mercancia|pedido|carta|contenido|caja|articulo|"
    r"producto|guia|expedicion|encomienda|carga)s?"
)
SPANISH_WHO = r"(?:destinatari[oa]|cliente|consignatario|receptor|titular)s?"
PORTUGUESE_IT = (
    r"(?:objeto|objecto|encomenda|volume|envio|pacote|mercadoria|pedido|carga|conteudo|artigo|"
    r"produto|embalagem|remessa|item)s?"
)
PORTUGUESE_WHO = r"(?:destinatari[oa]|cliente|consignatario|recebedor|morador)s?"
CHINESE_CARGO = "(?:快件|包裹|货物|邮件|货件|件|包|内件|内物|物品|商品)"
CHINESE_PERSON = "(?:收件人|收货人|收方|客户|本人|顾客|用户|买家|对方)"
ENGLISH_IT = (
    r"(?:package|parcel|shipment|item|piece|mailpiece|consignment|goods|content|box|carton|freight|article|delivery|"
    r"cargo|pallet|shpt|shipt|pkg|pcl)s?"
)
ENGLISH_WHO = r"(?:recipient|consignee|customer|receiver|addressee|resident|occupant|client|buyer|cnee|rcvr)"
