"""How carriers say it in Spanish.

Invariant: data only. May import: core.words.spanish_ways, core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Language, Topic, pattern, rule
from core.words.nouns import SPANISH_IT, SPANISH_WHO
from core.words.spanish_ways import SPANISH_WAYS

_BASE = (
    r"(?: (?:a|al|en) (?:la |el |nuestra |nuestro )?(?:oficina|central|almacen|base|delegacion|"
    r"deposito|sucursal|nave|centro|agencia|plataforma))"
)

SPANISH = Language(
    name="es",
    rules=(
        rule(
            Topic.LOSS,
            "perd extr roba robo hurt sust falt loca enco desa sini asal atra inco vaci saqu desv apar cont merm",
            r"\basalt(?:o|ad[oa]s?)\b|\batrac(?:o|ad[oa])\b|\bsaque(?:o|ad[oa])\b|"
            r"\b(?<!documentacion )(?<!documentos )(?<!datos )(?<!fisico )faltantes?\b(?! de (?:datos|"
            r"documentos|informacion|pago|firma))|\bexpedicion incompleta|\bmerma\b|\bcontenido (?:incompleto|"
            r"faltante|sustraido|vacio)|"
            rf"\b{SPANISH_IT} (?:esta |llego |viene )?vaci[oa]s?\b|\b{SPANISH_IT}[^.;:]{{0,12}}\bno aparece\b|"
            rf"\b(?<!de )entrega "
            rf"incompleta\b",
            r"\bperdid[oa]s?\b(?! (?:de |del |el |la )(?:enlace|conexion|vuelo|tiempo|transito))|"
            r"\bextravi\w+|\brobad[oa]s?\b|\brobo\b|\bhurt(?:o|ad[oa])s?\b|\bsustra(?:id|cc)\w+|"
            r"\bdesaparecid\w+|\bsiniestr\w+",
            rf"\b(?:falta|faltan|faltante)\b[^.;:]{{0,12}}\b{SPANISH_IT}\b(?! de)|"
            rf"\b{SPANISH_IT}[^.;:]{{0,15}}\bfaltantes?\b|^faltante\b",
        ),
        rule(
            Topic.LOSS,
            "loca enco hall",
            rf"\b{SPANISH_IT}[^.;:]{{0,25}}\bno (?:ha sido |fue |se (?:ha )?|pudo ser |"
            rf"ha podido ser )*(?:localiz|encontr|hall)\w*(?! en (?:la )?base)",
            negatable=False,
        ),
        rule(
            Topic.DAMAGE,
            "dano dana aver roto rota rotu dete estr apla moja golp abie derr queb mal malt desp "
            "hume viol dest manc vaci desh rasg ince frac abol ray aran rasp fuga filt arru hund "
            "raya expl defe",
            r"\bdestruid\w+|\bmanchad\w+|\bhumed(?:o|ad|ecid)\w*|\bdeshech\w+|\brasgad\w+|"
            r"\bembalaje (?:defectuoso|roto|danado|abierto)|\bviolentad\w+|\bfracturad\w+|"
            r"\bexplot(?:o|ad)|\babollad\w+|\brayad[oa]s?\b|\braspad\w+|\bhundid[oa]s?\b|\bfiltraci\w+|"
            rf"\b(?:{SPANISH_IT}|embalaje|bulto)[^.;:]{{0,12}}\b(?:con|tiene|presenta) (?:un |una |algun |algunos "
            rf")?(?:golpe|rotura|"
            rf"fuga|humedad|derrame|abolladura)",
            r"\bdan(?:os?|ad[oa]s?)\b|\baveriad[oa]s?\b|\baverias?\b(?! (?:de|del|en el|"
            r"en) (?:vehiculo|camion|furgoneta|avion|transporte|mecanica))(?! mecanica)|"
            r"\b(?<!nova )(?<!em )(?<!na )(?<!da )(?<!de )(?<!a )rot[oa]s?\b(?! (?:de|da|do|para|em|nao|inici|"
            r"conclu|finaliz|encerr))|"
            r"\brotura|\bdeterior\w+|\bestrope\w+|\baplasta\w+"
            r"|\bmojad\w+|\bgolpead\w+|\bderram\w+|\bquebrad\w+|\b(?:en )?mal estado|"
            r"\bmaltratad\w+|\bdesperfecto|\bviolentad\w+",
            rf"\b(?:{SPANISH_IT}|embalaje) (?:esta |llego |se encuentra |viene |fue )?abiert[oa]",
        ),
        rule(Topic.REPACK, "reem reac", r"\breembal\w+|\breempa(?:que|c)\w+|\breempac\w+|\breacondicion\w+"),
        rule(
            Topic.REFUSAL,
            "rehu rech acep quis quie nego nega admi dese pidi soli devo nieg conf canc quer reci hizo real",
            r"\bno (?:ha |han )?(?:querido|quiso|quisieron|aceptado) (?:aceptar|recibir|el|la|firmar)",
            r"\bnegativa\b[^.;]{0,20}\brecep\w+|\bno (?:hizo|realizo|solicito|pidio) (?:el |"
            r"ningun )?(?:pedido|compra)|\bse (?:niega|nego) a (?:recibir|aceptar|firmar|pagar)|"
            r"\bno (?:recibe|recibio|desea recibir|quiso recibir)\b(?! (?:notif|avis))",
            r"\brehus\w+|\brechaz\w+\b(?! (?:por|en) (?:la )?(?:aduana|autoridad))|\bno (?:lo |la |ha |fue |es "
            r")*(?:acept\w+|quiso|quiere|"
            r"admit\w+|desea)\b|\bse nego\b|\bse niega\b|\bnegativa (?:a|del)\b",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "pudo logr encu ubic loca dire domi sena desc muda mudo inco erro erra equi inex no ya "
            "falt ileg insu tras demo pred mal mala camb vive prob cono inmu casa vivi resi lote "
            "edif indi desh titu fals aban apar codi pobl port",
            r"\bno (?:se )?(?:pudo|logro|puede|pudimos|fue posible|ha podido) (?:encontrar|localizar|ubicar|"
            r"hallar) (?:la |el |su )?(?:direccion|domicilio|calle|lugar)",
            r"\bno (?:existe|se encuentra|se ubica|aparece|hay) (?:la |el |ese |dicha |esa |"
            r"dicho )?(?:direccion|domicilio|numero|calle|finca|predio|nomenclatura|portal|"
            r"destinatario)|\b(?:cliente|destinatario|persona|"
            r"empresa)\b[^.;]{0,12}\b(?:no (?:es )?conocid[oa]|no se conoce|ya no (?:vive|reside|"
            r"trabaja|labora)|no (?:vive|labora|trabaja)|se traslado|trasladad[oa]|"
            r"cambio de (?:domicilio|direccion))",
            r"\bno (?:lo |la |le )?conocen\b|\bno reside\b|\b(?:inmueble|casa|vivienda|apartamento|"
            r"edificio)\b[^.;]{0,12}"
            r"\b(?:deshabitad|desocupad|abandonad|vaci|demolid)\w*|\bmal (?:indicad|escrit|consignad|informad|anotad|"
            r"dad)[oa]s?"
            r"[^.;]{0,6}\b(?:direccion|domicilio|datos)|\b(?:direccion|domicilio)[^.;]{0,12}\bmal (?:indicad|escrit|"
            r"informad)|"
            r"\bno corresponde (?:la |el )?(?:ciudad|direccion|domicilio|codigo postal|barrio)|"
            r"\bfalta (?:el |la )?(?:numero|piso|portal|puerta|calle|codigo postal|direccion|barrio|referencia)\b",
            r"\btraslado (?:de |del |de la )?(?:empresa|destinatario|persona|cliente|domicilio)|"
            r"\b(?:numero|piso|puerta|portal|nomenclatura|barrio|ubicacion|direccion|domicilio|"
            r"datos)\b[^.;]{0,20}\b(?:incorrect|incomplet|erron|errad|equivocad|inexist|"
            r"no (?:existe|figura|coincide|corresponde|localizad|encontrad|ubicad)|desconocid|"
            r"faltante|ilegible|insuficient)\w*|\bdemolid[oa]\b|\bpredio (?:desocupado|vacio)|"
            r"\bmal direccionad",
            r"\b(?:direccion\w*|domicilio|senas|calle|codigo postal|numero de (?:casa|puerta|"
            r"portal|calle)|poblacion)\b[^.;]{0,35}\b(?:incorrect|incomplet|erron|erronea|"
            r"equivocad|insuficient|inexist|no exist|desconocid|no encontrad"
            r"|no localizad|no se (?:encuentr|localiz)|inval|ilegible|inexact|errad|mal |"
            r"con (?:error|problema|incidencia)|fals|no corresponde|no (?:es )?(?:valid|correct)|"
            r"imprecis|sin (?:numero|piso|portal)|falta)\w*",
            r"\b(?:mala|falsa|erronea|incorrecta|incompleta|equivocada|faltan? (?:datos )?(?:en |"
            r"de )?(?:la )?|error (?:en|de) (?:la )?|errores en (?:la )?|problemas? (?:con|de|"
            r"en) (?:la )?|datos (?:incorrectos|incompletos|insuficientes|erroneos) (?:de|"
            r"en) (?:la )?)"
            r"(?:direccion|domicilio|senas)",
            rf"\b{SPANISH_WHO}[^.;]{{0,20}}\b(?:desconocid\w+|se (?:ha )?mud\w+|cambio de domicilio|"
            rf"trasladad\w+|no (?:vive|reside))|\bdesconocid[oa] en\b|\bse (?:ha )?mud(?:ado|o)\b|"
            rf"\bno (?:vive|reside) (?:en|ahi|alli)|\bcambio de domicilio|^desconocid[oa]\b",
            r"\bdatos (?:de (?:entrega|envio|destinatario) )?(?:incorrectos|incompletos|"
            r"insuficientes|erroneos)|\bdireccionamiento (?:incorrecto|incompleto)",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "ause nadi no cerr cier ilo vaca impo sin apag fuer ocup viaj desc feri buzo iloc",
            r"\b(?:permanece|encontrado|hallado|estaba|esta|se encuentra|establecimiento|negocio|local|"
            r"almacen|bodega|porteria) cerrad[oa]|\bcerrad[oa] (?:temporalmente|al momento|"
            r"en el momento|a la hora)|\b(?:telefono|celular|cliente|destinatario|"
            r"llamadas?)\b[^.;]{0,20}\b(?:apagad[oa]|no (?:contesta|responde|atiende|disponible|"
            r"se comunica)|sin respuesta|fuera de servicio|ocupad[oa])|\bsin respuesta\b|"
            r"\bno (?:hay|hubo|habia) (?:quien|quien reciba|persona|respuesta|alguien)|"
            r"\bno (?:abre|abren|abrieron) (?:la puerta)?|\bnadie (?:recibe|atiende|abre)",
            r"\bno (?:existe|existia|se encuentra|se encontro|hay|hubo) (?:ninguna? |una? )?(?:persona|responsable|"
            r"encargad[oa]|"
            r"receptor|portero|recepcionista)|\bsin (?:persona|responsable|receptor|quien reciba)|\bno (?:labora|"
            r"trabaja|"
            r"atiende|abre)n? (?:los |el )?(?:sabado|domingo|lunes|festivo|fin)\w*|\bvacaciones\b|\bbuzon de voz|"
            r"\bhorario (?:de cierre|no habil)|\bfuera de (?:su )?horario de (?:atencion|recepcion|apertura)",
            r"\bimposible (?:contactar|comunicarse)|\b(?:de|por) (?:viaje|descanso|feriado del cliente)",
            r"\bausen(?:te|tes|cia)\b(?! de (?:senas|documen|datos|factura))|\bnadie\b|"
            r"\bno (?:habia|hay|se encontraba|se encontro|estaba) (?:a )?(?:nadie|persona|alguien|"
            r"en (?:casa|el domicilio))",
            rf"\b{SPANISH_WHO}[^.;]{{0,15}}\bno (?:se (?:encontraba|encuentra|encontro)|estaba|esta|"
            rf"localizad\w+|contesta|responde|atiende|disponible)\b|\bilocalizable|"
            rf"\bno (?:contesta|responde|atiende)\b",
            r"\b(?:local|empresa|negocio|comercio|establecimiento|cliente|domicilio|tienda|"
            r"destinatario|oficina del cliente|centro|"
            r"punto de entrega)[^.;]{0,20}\bcerrad[oa]s?\b|\bcerrad[oa] (?:por|al)\b(?! incidencia)|"
            r"\bcierre por (?:vacaciones|festivo)|\b(?:por|de) vacaciones\b",
            r"\b(?:no (?:se )?(?:pudo|logro|ha podido|fue posible|ha sido posible|podemos|"
            r"pudimos)|imposible|sin poder) (?:contactar|comunicar|localizar al)|"
            r"\bsin contacto con\b",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "adua aran impo desp tasa dere impu",
            r"\b(?:retenid|retencion|detenid|incaut|inspecci|revisi|pendiente|retras|demora|falta|"
            r"documentaci|bloque|decomis|requier|espera|problema|incidencia|"
            r"parad)\w*[^.;]{0,45}\b(?:aduan\w*|despacho aduanero)",
            r"\baduan\w*[^.;]{0,45}\b(?:retenid|retencion|detenid|incaut|inspecci|revisi|"
            r"pendiente|retras|demora|falta|bloque|decomis|requier|requerid|espera|problema|"
            r"incidencia|no (?:autoriz|liberad)|rechaz)\w*",
            r"\b(?:aranceles|impuestos|derechos|tasas) (?:de (?:aduana|"
            r"importacion) )?(?:pendientes?|impagad\w+|por pagar|sin pagar)|"
            r"\bpendiente de (?:pago de )?(?:impuestos|aranceles|tasas)|"
            r"\bimportacion[^.;]{0,20}\b(?:prohibid|no (?:permitid|autorizad))\w*",
        ),
        rule(
            Topic.RETURN,
            "vuel devo devu reto regr remi dev dvl",
            r"\b(?:retorno|devolucion|regreso) (?:a|al|hacia) (?:el |la |su )?(?:origen|remitente|"
            r"tienda|vendedor|cliente)",
            rf"\b(?:devol|devuel|retorn|regres|vuelv)\w*\b(?!{_BASE})[^.;]{{0,40}}\b(?:remitente|"
            rf"origen|expedidor|vendedor|tienda|comercio)|\b(?:en|proceso de|"
            rf"tramite de) (?:devolucion|retorno)\b|\bdevolucion (?:iniciada|en curso|en proceso|"
            rf"en transito|gestionada|solicitada|entregada)"
            rf"|\bentregado (?:al|a su) remitente|^devolucion\b|^devuelt[oa]\b(?!{_BASE})",
            rf"\b{SPANISH_IT} (?:ha sido |fue |esta siendo |sera |va a ser |es )?(?:devuelt[oa]s?|"
            rf"retornad[oa]s?)\b(?!{_BASE})|\b(?:ha sido|fue|esta siendo) devuelt[oa]\b(?!{_BASE})",
            negatable=False,
        ),
        rule(
            Topic.WEATHER,
            "clim mete mal temp torm neva inun hura lluv cicl borr niev desa fuer gran nevo invi "
            "vien hela desl derr terr sism volc ola nieb aval alud crec huai erup inve desp",
            r"\b(?:mal|adverso|mala) clima|\bclima(?:tolog\w+|tic\w+)?\b|\bmeteorolog\w+|"
            r"\bmal tiempo|\bpor (?:el )?temporal\b|\btemporal de\b|\btormentas?\b|\bnevad\w+|"
            r"\b(?:crudo|fuerte|mal) invierno|\binvernal\b|\bvientos? (?:fuerte|intenso)\w*|\bfuertes vientos|"
            r"\bheladas?\b|"
            r"\b(?:deslizamientos?|derrumbes?|desprendimientos?)\b|\bterremoto|\bsismos?\b|\berupcion|\bola de "
            r"(?:calor|frio)|"
            r"\bniebla|\baludes?\b|\bhuaicos?\b|\bcrecida\b|"
            r"\binundaci\w+|\bhuracan|\blluvias?\b|\bciclon|\bborrasca|\bnieve|"
            r"\bdesastres? natural|\bgranizo",
        ),
        rule(
            Topic.DELAY,
            "vehi cami furg retr demo atra huel fuer aver falt posp apla tiem cong satu perd vuel "
            "tard inci traf acci mas fall meca mani paro bloq alta volu dem tran hora repr post cort "
            "lleg prob aero carr ruta fuer orde proh atas embo nudo via paso dist alto acce cier",
            r"\b(?:aeropuerto|carretera|ruta|via|paso|acceso)\b[^.;,]{0,15}\b(?:cerrad|cortad|"
            r"bloquead|interrumpid)[oa]s?",
            r"\bfuerza mayor|\bbloqueo (?:de |en )?(?:las? )?(?:calles?|vias?|vial|carreteras?)|\borden publico|"
            r"^(?:\w+ / )?accidente\b|\btoque de queda|\bdisturbios",
            r"\bfallas? (?:mecanica|tecnica|operativa)s?|\bproblemas? (?:mecanico|tecnico|"
            r"operativo|operacional|de transporte|logistico)s?|\b(?:accidente|bloqueo|manifestaci|"
            r"corte|cierre) ?(?:de|en|vial|on)[^.;]{0,15}\b(?:transito|via|ruta|carretera|vial)|"
            r"\bmanifestacion(?:es)?\b|\balt[oa] (?:volumen|demanda)|\bllegad?[oa]? tarde|"
            r"\bentrega (?:pospuesta|demorada|aplazada)|\bnudo vial",
            r"\bretras\w*|\bdemor\w*|\batras(?:o|os|ad[oa]s?)\b|\bhuelgas?\b|(?<!reembolso )(?<!reclamo )"
            r"\b(?<!reclamacion )(?<!solicitud )fuera de (?:plazo|hora(?:rio)?)\b|\baveria (?:de|del|en el|en) "
            r"(?:vehiculo|camion|furgoneta|avion|"
            r"transporte)|\baveria mecanica|\b(?:vehiculo|camion|furgoneta) averiad[oa]|"
            r"\b(?:falta de|sin) tiempo"
            r"|\b(?:pospuest|aplazad)[oa]|\bcongestion\w*|\bsaturacion|\bperdid[oa] (?:de |del |"
            r"el |la )(?:enlace|conexion|vuelo)|\bvuelo cancelado|"
            r"\b(?:mas )?tarde de lo (?:previsto|habitual)|\bno (?:ha )?(?:dado|dio) tiempo|"
            r"\btrafico (?:denso|intenso)|\bbloqueo de (?:ruta|carretera|via)s?|"
            r"\b(?:atasco|embotellamiento|trancon|trancadera)\b"
            r"|\bparo (?:nacional|de transporte)",
        ),
        rule(
            Topic.LOSS,
            "falt apar loca",
            rf"\bfalto (?:en (?:el |la )?(?:camion|carga|reparto|vehiculo|ruta|bodega)|{SPANISH_IT})|\bno aparece "
            rf"(?:el |"
            rf"la )?{SPANISH_IT}|"
            r"^no localizad[oa]$",
            negatable=False,
        ),
        rule(Topic.DAMAGE, "caja envo rota roto", r"\b(?:caja|bolsa|botella|envase|envoltura|empaque)s? rot[oa]s?\b"),
        rule(
            Topic.REFUSAL,
            "canc pidi pedi desi arre",
            rf"\b{SPANISH_WHO} (?:cancela|cancelo) (?:en|al|a la) (?:la )?(?:puerta|entrega|recib\w+)|^no (?:lo "
            rf")?pidio\b|"
            r"\b(?:desistio|se arrepintio|desiste)\b",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "tras camb ya falt sin no exis dire dir",
            r"\bdir(?:eccion|\.)? (?:incom|errad?|equiv|incorr)\w*|\bse (?:ha )?traslad(?:ado|o)\b|"
            r"\bse cambio de (?:casa|domicilio|direccion|oficina|local)|"
            r"\bya no (?:trabaja|labora|vive|reside|pertenece)\b|"
            r"\b(?:falta|faltan|sin|no (?:existe|hay|figura|indica|coincide)) (?:el )?(?:n[º°o]\.?|nro\.?|num\.?|"
            r"numero)"
            r"(?: de)?(?: (?:casa|piso|puerta|portal|local|oficina|departamento|dpto|bloque|manzana|lote|apto)|$)|"
            r"\bno se (?:encontro|ubico|localizo|hallo|ubica) (?:la |el )?(?:direccion|domicilio|calle|casa|numero)",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "cerr quie nadi ning mora casa reci sali no",
            r"\bcerrad[oa] en (?:la )?(?:hora|horario|horas)|^cerrad[oa]$|\b(?:casa|puerta|porton|reja|"
            r"inmueble) cerrad[oa]|"
            r"\bno (?:estaba|estuvo|se encontraba|habia|hay|se encontro) (?:quien|la persona|el encargado|"
            r"el responsable)|"
            r"\bno (?:fue|ha sido) recibid[oa] por (?:ninguna persona|nadie)|\bsin morador(?:es)?\b|\bno (?:salio|"
            r"salieron) (?:nadie|a recibir)",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "impu aran trib",
            r"\b(?:pago de )?(?:impuestos?|aranceles|tributos)\b[^.;]{0,20}\b(?:pendientes?|sin pagar|impagos?|"
            r"por pagar)",
        ),
        rule(
            Topic.RETURN,
            "devu devo",
            r"\bse (?:devuelve|devuelven|devolvera|devolvio)\b(?![^.;]{0,30}\b(?:base|almacen|deposito|oficina|dinero))"
            r"[^.;]{0,20}\b(?:al?|a la) (?:cliente|remitente|origen|vendedor|tienda|comercio)",
            negatable=False,
        ),
        rule(
            Topic.DELAY,
            "fall aver vara traf desc vehi cami perc unid meca furg desp",
            r"\b(?:falla|fallo|averia|desperfecto|percance)s? (?:mecanic[oa]s?\b|(?:del?|en el|"
            r"en la) (?:la )?(?:vehiculo|camion|unidad|movil|"
            r"transporte|furgoneta)\b)|\b(?:vehiculo|camion|unidad) (?:varad|averiad|descompuest|accidentad)\w*|"
            r"^trafico\b",
        ),
        *SPANISH_WAYS,
    ),
    negator=pattern(r"\b(?:sin|no|ningun\w*|ni|nunca|tampoco)\b"),
    reach=32,
    stop=pattern(
        r"\b(?:entreg\w+|pud\w+|reparto|debido|por|causa|posible|que|motivo|porque|efectuad\w+|"
        r"realizad\w+|exito|localiz\w+|despachad\w+|ha podido|poder|concretad\w+|lograd\w+)\b"
    ),
    denied=pattern(
        r"\s*[:=]\s*(?:no|ningun\w*|sin|nada)\b",
        r" (?:no (?:se )?(?:aprecia|observa|detecta|constata)\w*|descartad\w+|resuelt\w+)",
    ),
    condition=pattern(
        r"\bsi\b|\ben caso de\b|\bcompruebe\b|\bverifique\b|\brevise\b|\bevitar\b|"
        r"\b(?<!no )(?<!no se )puede[n]? (?:ser|haber|sufrir|causar|tener|presentar|verse|"
        r"producir)\b|\bpodri?an?\b|\bposibles?\b(?<!no es posible)(?<!no fue posible)(?<!no era posible)"
        r"(?<!no ha sido posible)|\beventual\w*|"
        r"\bsujet[oa]s? a\b|\bproteja\b"
        r"|\bsolicitar la devolucion|\bpara devolver"
    ),
    future=pattern(r"\b(?<!no )(?<!no se )(?:sera|seran|puede|podra)\b"),
    thing_before=pattern(
        r"\b(?:etiqueta|codigo de barras|vehiculo|camion|carretera|documento|factura|"
        r"escaner|veiculo|viatura|caminhao|carro)s?(?: esta| fue| ha sido)* $",
        r"\b(?:calle|avenida|plaza) (?:de |del |la )*(?:\w+ )?$",
    ),
    thing_after=pattern(r" street\b"),
    over={
        Topic.LOSS: pattern(
            r"\b(?<!no )(?<!no ha sido )(?<!no fue )(?:localizad|encontrad|recuperad|aparecid)[oa]s?\b"
        ),
        Topic.CUSTOMS: pattern(
            r"\b(?<!no )(?<!no ha sido )(?:liberad|finalizad|despachad|completad|resuelt|superad)[oa]s?\b"
        ),
        Topic.ADDRESS: pattern(r"\b(?<!no )(?<!ser )(?:corregid|actualizad|subsanad|resuelt)[oa]s?\b"),
        Topic.DELAY: pattern(r"\b(?:resuelt|solucionad)[oa]s?\b"),
    },
)
