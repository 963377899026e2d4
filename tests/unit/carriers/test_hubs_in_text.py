"""Hubs, towns and bags out of running text, in the forms that Chinese carriers write (names and numbers are ours)."""

from __future__ import annotations

import re

import pytest

from carriers._hubs import hubs_of

# text → facility, next facility, town, container
TEXTS: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    # Best, and what Kuaidi100 makes of it
    "【青岛转运中心】，正发往【广州番禺转运中心】": ("青岛转运中心", "广州番禺转运中心", None, None),
    "杭州市|发件|杭州市【杭州转运中心】，正发往【上海嘉定转运中心】": ("杭州转运中心", "上海嘉定转运中心", None, None),
    "到潍坊市【潍坊转运中心】": ("潍坊转运中心", None, None, None),
    "威海市【威海集散仓】，正发往【潍坊转运中心】": ("威海集散仓", "潍坊转运中心", None, None),
    "济南市|到济南市【济南历城五部001】": ("济南历城五部001", None, None, None),
    "成都市【成都盐市口分部】，【2黄某13100000000】已揽收": ("成都盐市口分部", None, None, None),
    "武汉市|派件|武汉市【卓刀泉分部】，【某某驿站/02700000000】正在派件": ("卓刀泉分部", None, None, None),
    "【张某/13100000000】正在派件": (None, None, None, None),
    "【快递员/131****0000】正在派件，【深圳宝安区二部/网点电话131****0000    131****0001】": (
        "深圳宝安区二部",
        None,
        None,
        None,
    ),
    # YTO
    "【济南转运中心】 已发出 下一站 【漯河转运中心】": ("济南转运中心", "漯河转运中心", None, None),
    "【四川省自贡市公司】 已收件 取件人: 某某 (0813000000)": ("四川省自贡市公司", None, None, None),
    "【自贡转运中心】 已打包": ("自贡转运中心", None, None, None),
    "【北京市朝阳区欢乐谷公司】 派件中  派件人: 余某 电话 13100000000  如有疑问，请联系：010-00000000": (
        "北京市朝阳区欢乐谷公司",
        None,
        None,
        None,
    ),
    "您的快件已经到达【长沙转运中心】，【物流问题无需找商家或平台，请致电（专属热线:95554）更快解决】": (
        "长沙转运中心",
        None,
        None,
        None,
    ),
    "您的快件离开【长沙转运中心】，已发往【北京转运中心】。预计【12月13日】到达【北京市】，预计将在【13日晚上】更新": (
        "长沙转运中心",
        "北京转运中心",
        None,
        None,
    ),
    "预计【12月13日】到达【北京市】，请您放心": (None, None, None, None),
    # ZTO
    "【珠海市】快件离开【珠海中心】已发往【珠海一部】": ("珠海中心", "珠海一部", "珠海市", None),
    "【杭州市】【杭州东新路】（0571-00000000）的某业务员[13100000000]（13100000000）已揽收": (
        "杭州东新路",
        None,
        "杭州市",
        None,
    ),
    "【嘉兴市】快件已经到达【杭州中转部】": ("杭州中转部", None, "嘉兴市", None),
    "【郑州市】您的快件已由【兔喜生活】代收，取件码****": ("兔喜生活", None, "郑州市", None),
    # SF
    "快件离开【重庆渝北集散中心】,正发往 【达州杨柳集散中心】": ("重庆渝北集散中心", "达州杨柳集散中心", None, None),
    "快件到达 【达州市大竹县竹海路营业点】": ("达州市大竹县竹海路营业点", None, None, None),
    "快件在【郑州新郑集散中心】已装车，准备发往下一站": ("郑州新郑集散中心", None, None, None),
    "快件在【郑州市郑东新区晖达新领地营业点】完成分拣,准备发往 【郑州新郑集散中心】": (
        "郑州市郑东新区晖达新领地营业点",
        "郑州新郑集散中心",
        None,
        None,
    ),
    "快件已发往【北京顺义集散中心】": (None, "北京顺义集散中心", None, None),
    "正在派送途中,请您准备签收(派件人:***,电话:131****0068)": (None, None, None, None),
    "快件在【香港葵涌】已裝車，準備發往 【九龍灣順豐站】": ("香港葵涌", "九龍灣順豐站", None, None),
    # STO
    "【长沙岳麓】的快递员张某正在派件": ("长沙岳麓", None, None, None),
    "【退货部】进行了【货物退回客户扫描】操作": ("退货部", None, None, None),
    "快件由【浙江杭州转运中心】发往【上海转运中心】": ("浙江杭州转运中心", "上海转运中心", None, None),
    "【北京分拣中心】收件入库,交货方是【某某公司】": ("北京分拣中心", None, None, None),
    "到达【退货部】,上一站是【北京分拣中心】": ("退货部", None, None, None),
    # J&T
    "快件离开【南京转运中心】已发往【南京玄武网点】，您的极兔包，离目的地更近一步啦！": (
        "南京转运中心",
        "南京玄武网点",
        None,
        None,
    ),
    "包裹已到達【高雄營業所】": ("高雄營業所", None, None, None),
    "【台北轉運中心】已發出，下一站【台中轉運中心】": ("台北轉運中心", "台中轉運中心", None, None),
    # Yunda: without brackets
    "已离开 北京分拨中心；发往 上海分拨中心": ("北京分拨中心", "上海分拨中心", None, None),
    "到达 广东广州分拨中心": ("广东广州分拨中心", None, None, None),
    "从广东深圳公司宝安分部发出，发往上海分拨中心": ("广东深圳公司宝安分部", "上海分拨中心", None, None),
    "由上海分拨中心发往浙江杭州公司": ("上海分拨中心", "浙江杭州公司", None, None),
    # EMS, JD, Deppon
    "离开【广州航空中心】，下一站【北京邮件处理中心】": ("广州航空中心", "北京邮件处理中心", None, None),
    "邮件到达【义乌市义亭营业部】": ("义乌市义亭营业部", None, None, None),
    "您的快件已到达【北京大兴分拣中心】": ("北京大兴分拣中心", None, None, None),
    "您的快件在【北京大兴分拣中心】已装车，准备发往【北京朝阳营业部】": (
        "北京大兴分拣中心",
        "北京朝阳营业部",
        None,
        None,
    ),
    "运输中，离开【深圳观澜枢纽中心】，下一部门【长沙枢纽中心】": ("深圳观澜枢纽中心", "长沙枢纽中心", None, None),
    # bags and trucks
    "【上海嘉定转运中心】已装袋，包号：PK90001234567": ("上海嘉定转运中心", None, None, "PK90001234567"),
    "快件离开【绍兴转运中心】，发往【合肥转运中心】，车牌号：浙D12345": (
        "绍兴转运中心",
        "合肥转运中心",
        None,
        "浙D12345",
    ),
    "【义乌转运中心】已建包，大包号 5590000011112222": ("义乌转运中心", None, None, "5590000011112222"),
    "快件已装入总包，总包号【MB000012345CN】": (None, None, None, "MB000012345CN"),
    "快件已签收，签收人凭取货码签收，单号 75000000000011": (None, None, None, None),
    # none at all
    "已签收,签收人是前台签收": (None, None, None, None),
    "顺丰速运 已收取快件": (None, None, None, None),
    "Arrived at facility [ ]": (None, None, None, None),
    "": (None, None, None, None),
}


@pytest.mark.parametrize("text", TEXTS)
def test_hubs_of_a_text(text: str) -> None:
    hubs = hubs_of(text)
    assert (hubs.facility, hubs.onward, hubs.place, hubs.container) == TEXTS[text]


def test_nothing_personal_becomes_a_hub() -> None:
    for text in TEXTS:
        hubs = hubs_of(text)
        for name in (hubs.facility, hubs.onward, hubs.place):
            assert name is None or not re.search(r"\d{7,}|\*\*|[张黄余]某|派件人|快递员|电话", name)
