"""Further ways of saying it in Spanish: families of phrases, one rule a topic, for what carriers seldom say.

Invariant: data only. May import: core.words.kinds.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule

SPANISH_WAYS = (
    rule(
        Topic.LOSS,
        "expo busq encu envi inco merc bult sust piez guia desa hall ubic pedi falt",
        r"\bexpoli\w+|^en busqueda\b|\bno se (?:encuentra|encontro|localiza|localizo|halla|ubica) (?:el |la |su "
        r")?(?:paquete|envio|bulto|"
        r"guia|mercancia|pieza|pedido)\b|\b(?:envio|pedido|paquete|bulto|mercancia)s? (?:llego |recibido |esta "
        r")?(?:incomplet|faltante|"
        r"desaparecid|sustraid)\w*",
        negatable=False,
    ),
    rule(
        Topic.DAMAGE,
        "defe mal abie desg mane rasg emba",
        r"\b(?:producto|articulo|mercancia|equipo) (?:defectuos|en mal estado)\w*|\bmal embala\w+|^abiert[oa]s?\b|"
        r"\b(?:paquete|bulto|envio|caja) "
        r"(?:llego |recibid[oa] |esta )?abiert[oa]s?\b|\bmal estado\b|\brasgad[oa]s?\b|\bembalaje (?:insuficiente|"
        r"inadecuado|abierto|en mal)",
    ),
    rule(
        Topic.REFUSAL,
        "clie dest comp canc paga pago quie dese arre desi pidi soli reco anul puer acep orde ya",
        r"\b(?:cliente|destinatario|comprador|receptor) (?:ya )?(?:cancelo|cancela|anulo|desiste|desistio|se "
        r"arrepintio|devuelve en puerta|no "
        r"(?:pidio|solicito|reconoce|compro|ordeno|paga|pago|quiere|quiso|desea|acepta|acepto|recibe el (?:paquete|"
        r"pedido|producto)))\b"
        r"(?! (?:por (?:el )?horario|hoy|recibir hoy))|\bcancelad[oa] por (?:el |la )?(?:cliente|destinatario|"
        r"comprador) en (?:el )?(?:domicilio|"
        r"puerta|entrega|destino|la entrega)|\bno paga (?:el )?(?:contra|contrareembolso|cod|flete|valor)",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "sin nume nomb cp codi ciud muni empr dire domi casa loca pred inmu refe clie luga conf dato "
        "barr posi colo ubic nome vivi enti edif razo lote reub muda sede ofic apar pobl tras call "
        "nego prov mudo ya desc exis",
        r"\bsin (?:numero|nomenclatura|referencias?|numeracion|direccion|domicilio|datos de)(?: (?:exterior|"
        r"interior|de casa|visible))?\b|"
        r"\b(?:cp|codigo postal|ciudad|municipio|provincia|localidad|barrio|colonia|poblacion|nomenclatura|"
        r"numeracion|direccion|domicilio|"
        r"datos|ubicacion|nombre|razon social|telefono y direccion)\b[^.;,]{0,20}\b(?:err(?:ad|one|or)|incorrect|"
        r"incomplet|equivocad|inexistent|"
        r"invalid|confus|ilegible|imprecis|no (?:coincid|correspond|existe|valid|visible|concuerd|figur|aparec|clar|"
        r"ubic|encontr|localiz|"
        r"hallad))\w*",
        r"\b(?:empresa|negocio|oficina|local|establecimiento|compania|entidad|destinatario|"
        r"cliente)\b[^.;]{0,12}\b(?:mudad|mudo|se mudo|"
        r"no existe|trasladad|traslado su|reubicad|cambio de (?:sede|direccion|domicilio)|desconocid|ya no (?:opera|"
        r"funciona|esta|existe|"
        r"vive|labora|trabaja|reside))\w*|\b(?:direccion|domicilio)\b[^.;]{0,12}\b(?:por|a|para|pendiente de|sin) "
        r"(?:confirmar|verificar|validar|"
        r"corregir|completar|aclarar)|\b(?:confirmar|verificar|validar|corregir|completar|aclarar|solicita\w*|"
        r"requiere\w*|falta\w*|pendiente)\b(?! (?:el |un )?cambio)(?! (?:otra|nueva) "
        r"direccion)"
        r"[^.;]{0,25}\b(?:direccion|domicilio|nomenclatura|referencias?)\b(?! (?:de recogida|del remitente))|"
        r"\b(?:casa|local|predio|inmueble|"
        r"lote|edificio|vivienda|domicilio|apartamento|oficina) (?:esta |se encuentra )?(?:desocupad|deshabitad|"
        r"abandonad|demolid|vaci|no ubicad|"
        r"no encontrad|inexistent|en construccion|baldi)\w*|\bno (?:se )?(?:ubic|encuentr|encontr|localiz|hall|"
        r"exist|aparec|dan con|da con)\w* (?:la |el |esa |"
        r"esta |dicha )?(?:direccion|domicilio|casa|calle|nomenclatura|numero|inmueble|predio|local|empresa)|\bno "
        r"(?:es|era) (?:la|el) "
        r"(?:direccion|domicilio)",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "cont comu loca ofic casa domi hora pers pers port via tele llam tien nego repl viaj vaca "
        "fest enca quie atie resp pued cerr celu jefe sola solo inub titu iloc line vaci ubic vigi "
        "auto ocup ciud abre buzo nume disp esta conj ause escu pres clie come empr inst cole reci "
        "encu",
        r"\b(?:no|sin|imposible|dificultad para)\b[^.;]{0,20}\b(?:contactar|contacto|comunicar|comunicacion|"
        r"comunicarse|localizar|ubicar) (?:al |con "
        r"(?:el |la )?|el |la )?(?:cliente|destinatario|titular|receptor|usuario)|\b(?:cliente|destinatario) "
        r"(?:ilocalizable|"
        r"inubicable|no contactad\w+|incomunicad\w+|fuera (?:de la ciudad|de casa)|de viaje|de vacaciones|no "
        r"disponible|no se encontr\w+|no esta|"
        r"no puede (?:recibir|atender))\b|\b(?:oficina|tienda|empresa|negocio|bodega|almacen|porteria|recepcion|"
        r"domicilio|casa|local|comercio|"
        r"consultorio|colegio|escuela|institucion|sucursal del cliente|conjunto) (?:ya |se encuentra |esta |estaba |"
        r"encontrad[oa] )?"
        r"(?:cerrad|sol[oa]$|sol[oa] |vacia en|sin personal|no (?:recibe|atiende|abre|contesta))\w*",
        r"\b(?:horario|hora) (?:de )?(?:recepcion|recibo|atencion|entrega)\b[^.;]{0,15}\b(?:concluid|terminad|"
        r"vencid|finalizad|cerrad|pasad|"
        r"cumplid|fuera)\w*|\b(?:persona|encargad[oa]|"
        r"responsable|titular|autorizad[oa]|quien recibe|recepcionista|portero|vigilante|jefe)\b[^.;]{0,15}\b(?:no "
        r"(?:se encuentra|esta|estaba|"
        r"disponible|presente)|ausente)|\b(?:telefono|celular|llamada|linea|numero)s?\b[^.;]{0,12}\b(?:apagad|no "
        r"contesta|sin respuesta|ocupad|fuera "
        r"de servicio|suspendid|buzon|no responde|desconectad|no entra)\w*|\bcerrad[oa] (?:por|temporal|el|los|al|"
        r"hoy|en)\b(?! (?:incidencia|la via|el paso|"
        r"carretera|derrumbe|lluvia))",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "fact aran impu adua sema reco cana rech comp inva docu perm libe iva trib dere dene proh rest auto",
        r"\b(?:falta|faltan|pendiente|sin|solicita|requiere|requerid[oa])\b[^.;]{0,15}\bfactura (?:comercial|"
        r"proforma)|\b(?:impuestos?|aranceles?|iva|"
        r"tributos|derechos) (?:de importacion |aduaneros )?(?:pendiente|por pagar|sin pagar|impag|no pagad|"
        r"adeudad)\w*|\bpend\w* (?:de |el )?pago "
        r"(?:de )?(?:los |impuesto|arancel|iva|tribut|derecho)\w*|\brechazad[oa]s? (?:por|en) (?:la )?aduana\w*|"
        r"\baduanas?\b[^.;]{0,20}\b(?:solicit|"
        r"requier|rechaz|demor|incaut|decomis|investig|exig|observ|no (?:autoriz|libera))\w*|\b(?:semaforo|canal) "
        r"(?:fiscal )?(?:rojo|naranja|amarillo)|"
        r"\breconocimiento (?:aduan|previo)\w*|\b(?:previo|revision|inspeccion|reconocimiento|investigacion|"
        r"incidencia|problema|tramite pendiente) "
        r"(?:de |en |por |fisic\w+ )*(?:la )?aduan\w+|\bimportacion (?:no autoriz|prohib|restring|rechaz|deneg)\w*",
        negatable=False,
    ),
    rule(
        Topic.RETURN,
        "logi reen reto devo sale sali regr dvl entr volv haci vuel cami",
        r"\blogistica inversa|\breenviad[oa]s? (?:al|a) (?:remitente|origen|tienda|vendedor)|^retornad[oa]s?\b|"
        r"\bretorn\w+ (?:al|a la|a|hacia) (?:su )?"
        r"(?:remitente|origen|tienda|vendedor|cliente|comercio|proveedor|seller|emisor|shipper)|\b(?:para|sale a|"
        r"salio a|salida a|en ruta de|ruta de|"
        r"a|apto para|listo para|enviad[oa] a|marcad[oa] (?:para|como)|gestion de|orden de|pendiente de|"
        r"autorizad[oa] para|transito a) devolucion\b(?! "
        r"(?:a bodega|a sucursal|a la oficina|del dinero|de dinero))|\bentregad[oa]s? (?:al|a) (?:remitente|su "
        r"remitente|seller|comercio de origen)|"
        r"\b(?:en camino(?: de (?:vuelta|regreso))?|de regreso|camino de vuelta|de vuelta|regresa\w*|vuelve|"
        r"volviendo) (?:de regreso )?(?:al|a|hacia el|hacia|con el) (?:remitente|origen|vendedor|"
        r"comercio|tienda|cliente remitente)",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "inci cier paro alca dio tiem exce carg volu perd lleg arri tard repr plaz qued qued qued "
        "falt cont dema inte vehi tecn oper orde capa satu vias bloq cort pica demo tran tran deri "
        "reza reza prox acum caus rute incu meca toma alta logi esca obst supe rero sist ampl chof "
        "red sali cupo hora ruta emba traf retr cone pers repa espa cond unid",
        r"\bincidenci\w+ (?:en |de |operativ|logistic|del )(?:el |la )?(?:transporte|ruta|vehiculo|trafico|reparto|"
        r"red)?\w*|\b(?:cierre|bloqueo|corte|toma|"
        r"obstruccion|interrupcion) (?:de |en |total )?(?:la |las )?(?:via|vial|calle|carretera|ruta|puente|paso|"
        r"acceso)\w*|^paro\b|\bparo (?:de|nacional|armado|"
        r"civico|laboral|general|gremial|transport)\w*|\bno (?:se )?(?:alcanz|dio tiempo|hubo tiempo|hay tiempo|"
        r"dispone de tiempo|llego a tiempo)\w*|"
        r"\b(?:por|falta de|sin|insuficiente) (?:el )?tiempo\b(?! de (?:almacen|espera en))|\bexceso de (?:carga|"
        r"volumen|envios|trabajo|ruta|paquetes)|\bperdida "
        r"de (?:la )?(?:conexion|enlace|vuelo)",
        r"\b(?:llegada|arribo|entrada|salida|recepcion|recogida) (?:tardi|retras|demorad|fuera de (?:hora|plazo|"
        r"tiempo))\w*|\b(?:llego|arribo|ingreso|"
        r"llega) (?:muy )?tarde\b|\brep?rogramad[oa]?\w* por (?:operacion|falta|tiempo|exceso|ruta|vehiculo|volumen|"
        r"causas)\w*|\b(?:plazo|tiempo de "
        r"entrega|fecha de entrega|sla) (?:excedid|superad|incumplid|ampliad)\w*|\b(?:no|sin) (?:se )?(?:carg(?:ado|"
        r"o)|embarcad[oa]|despachad[oa] a tiempo|"
        r"ruteado)\b|\bqued(?:o|a|aron) (?:en|rezagad\w+|pendiente en) (?:bodega|base|planta|origen|piso|cedis|"
        r"almacen|muelle)|\brezagad[oa]s?\b|\b(?:falta|"
        r"escasez|ausencia) de (?:personal|vehiculo|unidad|capacidad|repartidor|conductor|chofer|transporte|cupo|"
        r"espacio|operador)\w*",
        r"\bcontingencia\b|\bproblemas? (?:operativ|logistic|tecnic|mecanic|de (?:transporte|ruta|trafico|sistema|"
        r"orden publico|conectividad))\w*|\bfall(?:a|o|as) "
        r"(?:operativ|logistic|tecnic|mecanic|en (?:la ruta|el vehiculo|el sistema|transporte)|de(?:l)? (?:sistema|"
        r"vehiculo|transporte|red))\w*|\bvehiculo "
        r"(?:varad|accidentad|descompuest|con falla)\w*|\btard(?:ara|ando|a) mas\b|\bmas (?:tarde|tiempo) de lo "
        r"(?:previsto|esperado|habitual|normal)|\b(?:alta "
        r"demanda|saturacion|alto volumen|temporada alta)\b|\bcausas? (?:ajenas|externas|operativ\w+|de fuerza)|"
        r"\borden publico\b",
        negatable=False,
    ),
    rule(
        Topic.REFUSAL,
        "pidi orde soli hizo nunc comp pedi",
        r"\bno (?:ha|han) (?:comprado|pedido|solicitado)\b|\bno es (?:el (?:producto|pedido|articulo)|lo) que "
        r"(?:pidio|solicito|compro|ordeno)\b|\b(?:no|nunca) (?:lo |la |los |las )?(?:pidio|ordeno|solicito|compro|"
        r"hizo (?:el |la |ningun |ninguna )?"
        r"(?:pedido|compra|orden))\b",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "piso puer nume call port bloq esca casa apar depa",
        r"\b(?:piso|puerta|numero|calle|portal|bloque|escalera|casa|apartamento|departamento)\b[^.;]{0,20}\b(?:no (?:"
        r"indicad|especificad|existe|coincide|encontrad|figura)|inexistente|sin especificar|faltante)\w*",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "perm lice auto regi adua",
        r"\b(?:permiso|licencia|autorizacion|registro) de (?:importacion|importador)\b[^.;]{0,20}\b(?:requerid|"
        r"faltante|pendiente|necesari|vencid|no)\w*|\baduana (?:solicita|exige|requiere|pide)\b",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "sin falt cami vehi moto vuel avio chof cond carr auto puen tune furg via unid",
        r"\b(?:sin|falta de) (?:capacidad|espacio|cupo|personal|vehiculos?|conductor(?:es)?)\b|"
        r"\b(?:camion|vehiculo|moto|furgon|unidad|chofer|conductor|avion)(?:es)? (?:esta |sufrio |fue |quedo |tuvo )*"
        r"(?:(?:un )?accidente|accidentad|varad|danad|descompuest|retrasad|enferm)\w*|"
        r"\b(?:carretera|autopista|puente|tunel|via) (?:esta )?(?:cerrad|bloquead|cortad)[oa]\b",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "ciud muni barr codi dire",
        r"\b(?:ciudad|municipio|barrio|codigo postal|direccion)\b[^.;]{0,30}\bno (?:coincide|corresponde|concuerda)|"
        r"\bno (?:coincide|corresponde|concuerda) (?:la|el) (?:ciudad|municipio|barrio|codigo postal|direccion)",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "cont fuer punt cerr",
        r"\b(?:no hubo|no hay|no se (?:logra|logro|obtuvo|tuvo)) contacto\b|\b(?:se encuentra|esta) fuera de "
        r"(?:la |su )?(?:ciudad|casa|zona|pais|localidad)\b|\bpunto cerrado\b|^cerrad[oa] (?:"
        r"primera|segunda|tercera|1a|2a) (?:vez|"
        r"visita)\b",
        negatable=False,
    ),
    rule(
        Topic.RETURN,
        "devo",
        r"\b(?:para|por) devolver (?:al? )?(?:remitente|origen|vendedor|comercio|tienda|proveedor)",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "sali desp sale",
        r"\bno (?:salio|sale) (?:a|en|para) (?:el )?(?:reparto|ruta|distribucion|destino|entrega)\b",
        negatable=False,
    ),
)
