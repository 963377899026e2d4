"""One thing said in the ways a language has for it: synonyms that no carrier's table has taught yet."""

from __future__ import annotations

import pytest

from core.words import Topic, read_words

FAMILIES = {
    Topic.LOSS: (
        "Only 2 of 3 pieces received",
        "No trace of the parcel",
        "Packstück unvollständig eingetroffen",
        "Manquant",
        "No se encuentra el paquete",
        "有单无货",
        "快件去向不明",
        "整箱未到",
        "parcel gone astray",
        "piece count short",
        "Teilverlust",
        "Kollo nicht vorhanden",
        "Vol",
        "Faltó en el camión",
        "No aparece el bulto",
        "Shipment not rcvd at dst",
        "Tracing started, not located",
        "Lieferung nicht vollzählig",
    ),
    Topic.DAMAGE: (
        "卸车时发现包装破裂",
        "卸车发现外箱破损",
        "卸車後發現外箱破損",
        "裝車時發現包裝破裂",
        "包裝袋破洞",
        "快件湿透",
        "Caja rota",
    ),
    Topic.REFUSAL: (
        "Customer changed his mind",
        "Kunde nimmt die Ware nicht an",
        "Commande annulée par le client à la livraison",
        "Cancelado por el cliente en domicilio",
        "Cliente alega não ter comprado",
        "客户未下单",
        "买家取消不收货",
        "consignee not interested",
        "Destinataire ne veut pas du colis",
        "Cliente cancela en puerta",
        "Cliente desistiu da compra",
        "Cnee refused the shpt",
        "Fahrer wurde abgewiesen",
    ),
    Topic.ADDRESS: (
        "Address and postcode do not match",
        "Awaiting correct address",
        "Name des Empfängers weder am Briefkasten noch an der Klingel",
        "En attente de complément d'adresse",
        "Faltan referencias",
        "Nome não consta no edifício",
        "等待客户提供正确地址",
        "缺少门牌号",
        "門牌號找不到",
        "所給地址無法投遞",
        "客戶已結業/搬遷",
        "not deliverable as addressed",
        "Straße existiert nicht",
        "Falta Nº de casa",
        "Se trasladó",
        "Ya no trabaja en el lugar",
        "Waybill without postal code",
        "No such firm at given address",
        "Need flat number",
    ),
    Topic.ABSENCE: (
        "Reception desk unmanned",
        "Kein Empfangsberechtigter angetroffen",
        "Portail fermé",
        "Oficina cerrada",
        "Horário de expediente encerrado",
        "大門深鎖",
        "敲门没人",
        "語音信箱",
        "keiner öffnet",
        "N'a pas décroché",
        "Deuxième appel pas réponse",
        "Cerrado en hora de reparto",
        "No estaba quien recibe",
        "Sem responsável para receber",
        "Caixa postal",
        "Guest not yet checked in",
    ),
    Topic.CUSTOMS: (
        "Awaiting broker instructions",
        "Verzollung gestoppt",
        "Refusé par la douane",
        "Rechazado por aduana",
        "Retido no posto fiscal",
        "实名认证未完成",
        "海關抽檢中",
        "清关资料不齐",
        "Custom Hold",
        "An exception occurs in the customs clearance process.",
        "Pago de impuestos pendiente",
        "Held for duty/taxes payment",
        "Seized by the authorities",
        "Regulatory approval awaited",
        "Atraso na nacionalização",
    ),
    Topic.RETURN: (
        "RTO initiated",
        "Rücklauf zum Auftraggeber",
        "Retour en route",
        "Commande retournée en magasin",
        "Colis revenu",
        "los productos se devuelven al cliente",
        "ENCAMINHADO PARA DEVOLUCAO",
        "Rerouted on same AWB to shipper",
        "Retournée au commerçant",
    ),
    Topic.WEATHER: ("雪灾", "受冷空气影响派送延迟", "山體滑坡", "roads icy", "Thick fog"),
    Topic.DELAY: (
        "货代漏发件",
        "貨物未能上機",
        "运输途中车辆出现发动机故障",
        "因临时管控暂停派送",
        "shipment misconnected",
        "Livraison décalée",
        "Falla del vehículo",
        "Rota não concluída",
        "Load on hold; space constraint",
        "Embargo on commercial uplift",
        "Late inbound flight",
        "Embotellamiento",
        "超过承诺送达时间24小时",
    ),
}

NOTHING = (
    "车辆破损，更换车辆后继续运输",
    "卸车完成，外包装无破损",
    "退貨門市暫歇，請重選門市",
    "逾期未轉宅配包裹拋棄處理",
    "到达搬迁镇网点",
    "Livraison décalée à la demande du client",
    "Disponível para retirada na caixa postal",
    "Entrega sem recebedor",
    "se devuelve el dinero al cliente",
    "Delivered to wrong address and retrieved",
    "Shipment forwarded to origin facility",
    "Booked for embargo location",
    "Colis retourné à la station",
    "Licence number recorded",
)


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, texts in FAMILIES.items() for text in texts])
def test_a_family_of_words_is_read(topic: Topic, text: str) -> None:
    words = read_words(text)
    assert words is not None
    assert words.topic is topic


@pytest.mark.parametrize("text", NOTHING)
def test_a_neighbour_of_the_family_says_nothing(text: str) -> None:
    assert read_words(text) is None
