"""How carriers say it in Portuguese, of Brazil and of Portugal.

Invariant: data only. May import: core.words.portuguese_ways, core.words.kinds, core.words.nouns.
"""

from __future__ import annotations

from core.words.kinds import Language, Topic, pattern, rule
from core.words.nouns import PORTUGUESE_IT, PORTUGUESE_WHO
from core.words.portuguese_ways import PORTUGUESE_WAYS

_BASE = (
    r"(?: (?:a|ao|aos|para a|para o|na|no) (?:correios|base|unidade|loja dos correios|deposito|"
    r"centro|armazem|agencia|transportadora|cd))"
)

PORTUGUESE = Language(
    name="pt",
    rules=(
        rule(
            Topic.LOSS,
            "perd extr roub furt assa desa sini loca enco falt subt nao rou fal inco desv sum vazi cont recu sumi",
            r"\bperde(?:u|ram)-se\b|\bse perdeu\b",
            rf"\b(?:recus\w+|devol\w+|ressalva) por falta\b(?! de (?:pag|dinheiro|verba|document|tempo|espaco|agend|"
            rf"nota|pedido|ordem|"
            rf"energia|pessoal))|\b{PORTUGUESE_IT} (?:esta |chegou |veio )?vazi[oa]s?\b|\bfalta (?:parcial|total|de "
            rf"volumes?|"
            rf"na carga)\b|"
            rf"\bconteudo (?:faltante|incompleto|em falta|subtraido)",
            r"^nao localizad[oa]\b(?! na base)|\bsumiu\b|\bdesviad[oa] por|\b(?:carga|volume|"
            r"pedido|entrega) incomplet[oa]|\bfurt\w+",
            r"\bperdid[oa]s?\b(?! (?:de )?(?:conexion|voo|vuelo))|\bperda\b(?! de (?:voo|tempo|ligacao|conexao))|"
            r"\bextravi\w+|"
            r"\broubad[oa]s?\b|\broubo\b|\bfurt(?:o|ad[oa])s?\b|\bassalt(?:o|ad[oa])s?\b|"
            r"\bdesaparecid\w+|\bsinistr(?:o|ad[oa])s?\b|\bsubtraid\w+",
            rf"\bfalta(?:m)?(?: de)? {PORTUGUESE_IT}\b(?! de compra)|\b{PORTUGUESE_IT}[^.;:]{{0,12}}\b(?:em falta|"
            rf"faltante)s?\b",
        ),
        rule(
            Topic.LOSS,
            "loca enco",
            rf"\b{PORTUGUESE_IT}[^.;:]{{0,15}}\bnao (?:foi |foram |pode ser )?(?:localizad|"
            rf"encontrad)[oa]s?\b(?! na base| no sistema)",
            negatable=False,
        ),
        rule(
            Topic.DAMAGE,
            "avar dani dano queb molh amas viol rasg estr vaza aber part dest manc hume arro dete "
            "desc inut risc trin fura mau mal humi umid romp rota defe",
            r"\bdestruid\w+|\bmanchad\w+|\bumid[oa]\b|\bhumid[oa]\b|\bdeteriorad\w+|\barrombad\w+|"
            r"\binutilizad\w+|\bembalagem (?:aberta|rota|rompida|defeituosa)|\bderramad\w+|"
            r"\bvidro quebrado|\btrincad\w+|\bfurad[oa]s?\b|\b(?:em )?mau estado\b|\bmal(?:-| )?acondicionad\w+",
            r"\bavari(?:a|as|ad[oa]s?)\b(?! (?:do|da|no|na|de) (?:veiculo|viatura|caminhao|carro|"
            r"aviao))(?! mecanica)|\bdanific\w+|\bdanos?\b|\bdanad\w+|\bquebrad\w+|\bmolhad\w+|"
            r"\bamassad\w+|\bviolad\w+|\brasgad\w+|\bestragad\w+|\b(?:envio|objeto|objecto|volume|"
            r"vidro|artigo|produto|conteudo) partid[oa]s?\b|\bvazament\w+|\bvazand\w+",
            rf"\b{PORTUGUESE_IT} (?:esta |chegou |foi )?abert[oa]",
        ),
        rule(Topic.REPACK, "reem reac", r"\breembal\w+|\breacondicion\w+|\breempacot\w+"),
        rule(
            Topic.REFUSAL,
            "ter diz recu reje acei quis nego quer soli pedi dese nega enco cons dest desi reco",
            r"\bnao ter (?:encomendad|pedid|solicitad|comprad|feito)\w*",
            r"\b(?:pedido|produto|objeto|compra) nao (?:solicitad|reconhecid|encomendad)[oa]|"
            r"\bnao (?:deseja|desejou|reconhece|solicitou|fez o pedido|pediu)\b|\bdesist(?:iu|"
            r"encia) d[ao] (?:compra|pedido|encomenda)",
            r"\brecus\w+\b(?! pel[oa] (?:alfandega|aduana|receita|autoridade|sefaz))|\brejeit\w+|\bnao (?:foi "
            r")?(?:aceit\w+|quis|quer)\b|\bse negou\b|\bnegou-se\b",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "exis difi dado dest clie ende mora cep mudo desc inco inex erra nao mal insu dive ileg "
            "falt muda tran ja irre logr ma mau iden empr fali cada bair impo rua anda cida codi "
            "pred nume port casa ause",
            r"\bnao existe (?:o )?n(?:º|°|o|\.)? ?indicado",
            r"\b(?:dificuldade|impossibilidade)s? (?:em|de|para) (?:localizar|encontrar)\b|"
            r"\bdados d[oe] (?:destinatario|entrega|cliente)[^.;]{0,12}\b(?:incorret|incorrect|errad|incomplet|"
            r"divergent)\w*",
            rf"\b{PORTUGUESE_WHO} nao (?:foi )?(?:localizad|encontrad)[oa]|\bnao (?:conseguiu |foi possivel |"
            rf"conseguimos )?(?:localiz|encontr)(?:ar|ou|amos) (?:o |a )?(?:enderec\w+|local|residencia|morada|"
            rf"{PORTUGUESE_WHO})",
            r"\b(?:cliente|destinatario) nao identificad[oa]",
            r"\bfalta (?:o |a |de )?(?:numero|bloco|apto|apartamento|bairro|lote|quadra|cep|complemento|rua|endereco|"
            r"andar|"
            r"referencia)\b|\b(?:enderecad[oa] a )?empresa (?:falida|extinta|inexistente|encerrou)|"
            r"\bcadastro[^.;]{0,20}"
            r"\b(?:incomplet|incorret|desatualizad)\w*",
            r"\bmal enderecad|\bnao existe (?:o |a |esse |essa )?(?:numero|rua|endereco|morada|"
            r"local)|\b(?:rua|bairro|cidade|numero|complemento|casa|predio|porta|localidade|"
            r"andar)\b[^.;]{0,20}\b(?:incorret|incorrect|incomplet|inexist|errad|nao (?:existe|"
            r"encontrad|localizad|informad|indicad|consta)|desconhecid|em falta|faltando|"
            r"ausente)\w*|\b(?:endereco|morada)\b[^.;]{0,20}\b(?:nao (?:existe|confere|"
            r"corresponde)|em pesquisa|por confirmar|impreciso|divergente|ilegivel)\w*|"
            r"\b(?:destinatario|cliente|empresa) (?:mudou|transferid[oa]|ja nao (?:mora|reside|"
            r"esta))",
            r"\b(?:enderec\w*|morada|cep|codigo postal|logradouro|numeracao|rua|numero (?:da casa|"
            r"da porta))\b[^.;]{0,35}\b(?:incorret|incorrect|incomplet|insuficient|inexist|errad|"
            r"desconhecid|irregular|nao (?:encontrad|localizad|exist|identificad)|inval|ilegivel|"
            r"inconsisten|erro\b|diverg|com problema|(?:esta )?em averiguacao)\w*",
            r"\b(?:inconsistencias? n[oa]|erro n[oa]|problemas? (?:n[oa]|com [oa]|de)|falha n[oa]|"
            r"falta de|ma|mau|falso|incorret[oa]|incorrect[oa]|incomplet[oa]|insuficiencia de|"
            r"insuficiente) (?:dados (?:de|no) )?(?:enderec\w*|morada)",
            rf"\b{PORTUGUESE_WHO}[^.;]{{0,20}}\b(?:desconhecid\w+|mudou|mudad\w+|nao (?:reside|mora))|"
            rf"\bmudou-?se\b|\bmudou de (?:enderec|morad|residenc)\w+|\bdesconhecid[oa] n[oa]\b|"
            rf"\bnao (?:reside|mora|existe o numero)|\bdados (?:do destinatario )?insuficientes|"
            rf"^desconhecido\b|^mudou\b",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "grev ause nao ning fech ence sem feri desl inco indi tran impo reun lice afas caix fora",
            rf"\bgreve (?:d[oa]|n[oa]) {PORTUGUESE_WHO}",
            r"\bem reuniao\b|\b(?<!a )(?<!de )licenca\b(?! (?:de|para) (?:import|export|func))|\bafastad[oa]\b|"
            r"\bcaixa postal de voz|\bfora do (?:expediente|horario (?:comercial|de (?:funcionamento|recebimento)))",
            r"\b(?:telefone|telemovel|celular|cliente|destinatario|"
            r"chamadas?)\b[^.;]{0,20}\b(?:desligad[oa]|nao (?:atende|responde|atendeu|disponivel|"
            r"estava)|sem resposta|incontactavel|indisponivel)|\bsem resposta\b|\bnao (?:ha|havia|"
            r"houve|tinha) (?:ninguem|quem|pessoa|responsavel|recebedor|alguem)|\b(?:portaria|"
            r"portao|porta|comercio|loja|escritorio|armazem|instalacoes|empresa|"
            r"domicilio)\b[^.;]{0,12}\b(?:fechad|encerrad|trancad)[oa]s?|"
            r"\bcampainha\b[^.;]{0,15}\bsem",
            r"\b(?<!aduaneira )(?<!documentacao )(?<!fiscal )ausente?\b|"
            r"\bausencia d[oe]\b(?! (?:document|nota|declarac))|\bcarteiro nao atendid|"
            r"\bnao(?<!area nao)(?<!regiao nao)(?<!cidade nao)(?<!localidade nao)(?<!servico nao) (?:foi )?atendid\w|"
            r"\bninguem\b|"
            r"\bnao (?:se encontrava|estava|atendeu|"
            r"se encontra)\b",
            r"\b(?:estabelecimento|empresa|local|loja|comercio|cliente|destinatario|residencia|"
            r"instalacoes)[^.;]{0,20}\b(?:fechad|encerrad)[oa]s?\b|\bsem expediente|\bem ferias\b|"
            r"\bferias coletivas|\bde ferias\b",
            r"\b(?:nao (?:foi possivel|conseguimos|se conseguiu)|impossivel|sem) (?:contact|"
            r"contat|contacto|contato)\w*|\bincontactavel",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "barr alfa adua fisc apre impo naci trib icms dese rece ret anue desa paga pago",
            r"\bapreensao (?:fiscal|d[ao])|\bretid[oa] (?:pel[oa]|n[oa]) (?:fiscaliza|"
            r"posto fiscal|receita|alfandeg|aduan)\w*",
            r"\b(?:retid|retenc|apreendid|aguard|pendente|pendencia|atras|bloquead|parad|exig|"
            r"falta|inspec|demora)\w*[^.;]{0,50}\b(?:alfandeg\w*|aduan\w*|receita federal|"
            r"fiscaliza\w+|barreira fiscal|desembaraco|anuente)|\b(?:atraso|demora|retencao|pendencia) na "
            r"(?:liberacao\b[^.;]{0,15}\bimporta|nacionaliza)\w*",
            r"\b(?:alfandeg\w*|aduan\w*|receita federal|desalfandegamento|desembaraco|"
            r"fiscaliza\w+)\b[^.;]{0,50}\b(?:retid|retenc|apreendid|pendente|pendencia|atras|"
            r"ausente|incorret|incorrect|bloquead|exig|falta|inspec|documentos em falta|"
            r"nao autoriz|aguarda)\w*",
            r"\bapreendid[oa]\b|\bimportacao[^.;]{0,40}\bnao (?:foi )?autorizad|\b(?:pagamento|"
            r"pagar|pago)\b[^.;]{0,20}\b(?:icms|tribut\w+|impost\w+|direitos|"
            r"taxas? (?:de importacao|alfandeg\w+))|\b(?:tribut|"
            r"impost)\w+[^.;]{0,20}\b(?:pendente|por pagar|nao pag)\w*",
        ),
        rule(
            Topic.RETURN,
            "devo reto reme entr volt dist ent regr reve",
            r"\bregress\w+ (?:ao|a|para o) (?:remetente|origem|expedidor|vendedor|loja)",
            r"\b(?:distribuid|entregue|encaminhad|reencaminhad)\w* (?:ao|para o) remetente|"
            r"\blogistica reversa\b(?! simultanea)|\breversa (?:iniciada|em transito|solicitada)|"
            r"\bsaiu para entrega ao remetente",
            rf"\b(?:devol|retorn|voltand|volta)\w*\b(?!{_BASE})[^.;]{{0,40}}\b(?:remetente|origem|"
            rf"expedidor|vendedor|loja|embarcador)|\b(?:em|processo de|tratamento de) (?:devolucao|"
            rf"retorno)\b|\bdevolucao (?:iniciada|em curso|em andamento|em transito|solicitada|"
            rf"concluida|autorizada|ao)"
            r"|\bentreg(?:ue|a) ao remetente|^devolucao\b(?! nao autoriz)|^devolvid[oa]\b",
            rf"\b{PORTUGUESE_IT} (?:foi |sera |esta a ser |esta sendo |em )?(?:devolvid[oa]s?)\b(?!{_BASE})",
            negatable=False,
        ),
        rule(
            Topic.WEATHER,
            "fato feno chuv ench temp mau clim mete inun alag neve fura cicl inte cala atmo vent gran desl qued gead "
            "neva desa "
            "terr nevo onda vend",
            r"\bfatores (?:naturais|climaticos)|\bfenomenos? natura\w+",
            r"\bchuvas?\b|\benchentes?\b|\btemporal\b|\btempestades?\b|\bmau tempo|\bclimatic\w+|"
            r"\bclima\b|\bmeteorologic\w+|\binundac\w+|\balagament\w+|\bneve\b|\bfuracao|"
            r"\bciclone|\bintemperies?\b|\bcalamidade|\bcondicoes atmosfericas|\bvendaval|\bventos? fortes?|\bgranizo|"
            r"\bdeslizament\w+|\bqueda de barreira|\bgeadas?\b|\bnevascas?\b|\bdesastres? natura\w+|\bterremoto|"
            r"\bnevoeiro|"
            r"\bonda de (?:calor|frio)",
        ),
        rule(
            Topic.DELAY,
            "prev espe leva veic viat cami carr atra demo grev para fora praz adia avar falt temp "
            "voo cong acid exce perd falh prob aci bloq mani pane gran alto volu oper queb via cort "
            "susp inte data prog aero port estr rodo aces forc rece impr reba prot mais rua fech",
            r"\bmais (?:tempo )?(?:do )?que o (?:previsto|esperado|normal|habitual)",
            r"\bforca maior|\bacidente (?:de|com|no|na) (?:percurso|trajeto|transporte|rota)|^acidente\b|"
            r"\bprotestos?\b|"
            r"\bveiculo (?:quebrad|com problema|parad)\w*|\brecesso\b",
            r"\bfora da data|\b(?:aeroporto|porto|estrada|rodovia|via|rua|acesso|"
            r"entrada)\b[^.;,]{0,20}\b(?:fechad|interditad|bloquead|interrompid)[oa]s?",
            r"\b(?:falha|problema|pane|avaria) (?:mecanic|tecnic|operacional|operativ|no veiculo|"
            r"de transporte|logistic)\w*|\b(?:bloqueio|interdicao|acidente|manifestacao|"
            r"corte)\b[^.;]{0,20}\b(?:via|vias|estrada|rodovia|transito|pista)|\b(?:alto|grande|"
            r"elevado) volume|\bquebra d[oe] veiculo|\bservico suspenso|\bentrega suspensa",
            r"\batras(?:o|os|ad[oa]s?|ou|ar|ara)\b|\bdemor(?:a|ad[oa]|ando|as)\b|\bgreves?\b|"
            r"\bparalisac\w+|\bfora d[eo] prazo|\bprazo (?:excedid|expirad|diferenciad|"
            r"ultrapassad)\w*|\badiad[oa]\b(?! (?:pel|a pedido))|\b(?:veiculo|viatura|caminhao|"
            r"camiao|carro) avariad[oa]|\bperdeu (?:o |a )?(?:ciclo|ligacao|voo|conexao|"
            r"transporte)|\bavaria (?:do|da|no|na|de) (?:veiculo|viatura|caminhao|carro|aviao)|"
            r"\bavaria mecanica"
            r"|\bfalta de tempo|\btempo insuficiente|\bsem tempo\b|\bvoo cancelado|"
            r"\bcongestionament\w+|\bperda de (?:voo|ligacao|conexao)|\bexcesso de (?:volume|"
            r"carga|objetos)|\bacidente (?:de transito|rodoviario|com o? ?veiculo)",
        ),
        rule(Topic.DAMAGE, "salv", r"\benviad[oa]s? (?:para|aos) salvados"),
        rule(
            Topic.ADDRESS,
            "demi falt apos desl",
            rf"\b{PORTUGUESE_WHO} (?:demitid|desligad|aposentad)[oa]|\bfalta (?:o |a )?(?:nome|contato|contacto|"
            rf"departamento|"
            rf"ramal)\b",
            negatable=False,
        ),
        rule(
            Topic.REFUSAL,
            "desi arre",
            r"\b(?:desistiu|desistencia|arrependimento|arrependeu)\b(?! da coleta)",
        ),
        rule(
            Topic.ABSENCE,
            "sem caix port ning nao",
            r"\b(?<!entrega )sem (?:responsavel|pessoa|recebedor|morador|alguem|ninguem)\b[^.;]{0,12}(?:receb\w+|"
            r"no local|$)|"
            r"^caixa postal$|\b(?:caiu|foi|direto) (?:na|para a) caixa postal|\bportao fechado|\bnao (?:atende|abre|"
            r"respond\w+) (?:o |a )?(?:telefone|interfone|"
            r"campainha|porta|portao)",
            negatable=False,
        ),
        rule(
            Topic.RETURN,
            "devo volt base",
            r"\b(?:encaminhad[oa]s?|transito|rota|hub|base|aguarda\w*) para (?:a )?devolucao|\b(?:saiu|segue|"
            r"seguiu) (?:para|em) devolucao|"
            r"\bretorno a base de origem",
            negatable=False,
        ),
        rule(
            Topic.DELAY,
            "veic cami rota nao viat pane acid carr",
            r"\b(?:veiculo|viatura|caminhao|carro) (?:esta )?(?:quebrad|avariad|em pane|com defeito|acidentad)\w*|"
            r"\brota (?:nao (?:concluida|finalizada|realizada)|interrompida|incompleta)",
            negatable=False,
        ),
        *PORTUGUESE_WAYS,
    ),
    negator=pattern(r"\b(?:sem|nao|nenhum\w*|nem|nunca)\b"),
    reach=32,
    stop=pattern(
        r"\b(?:entreg\w+|pode|possivel|devido|por|motivo|efetuad\w+|efectuad\w+|realizad\w+|"
        r"concluid\w+|sucesso|localizad\w+|encontrad\w+|que|liberad\w+|desalfandegad\w+)\b"
    ),
    denied=pattern(
        r"\s*[:=]\s*(?:nao|nenhum\w*|sem|nada)\b",
        r" (?:nao (?:foi |foram )?(?:constatad|verificad|detetad|detectad|confirmad)\w*|descartad\w+|resolvid\w+)",
    ),
    condition=pattern(
        r"(?:^|[.,;:!] ?)se\b|\bcaso\b|\bverifique\b|\bconfira\b|\bevitar\b|"
        r"\b(?<!nao )pode[m]? (?:ser|haver|sofrer|causar|ter|ocorrer)\b|\bpodera[o]?\b|"
        r"\bpoderia\b|\bpossive(?:l|is) (?:atras|demor)\w+|\beventua\w*|\bsujeit[oa]s? a\w*|"
        r"\bproteja\b|\bem caso de\b"
    ),
    future=pattern(r"\b(?<!nao )(?:sera|serao|pode|podera)\b"),
    thing_before=pattern(
        r"\b(?:etiqueta|codigo de barras|veiculo|caminhao|carreta|carro|moto|"
        r"viatura|estrada|documento|fatura|nota fiscal|"
        r"leitor)s?(?: esta| foi| estava)* $",
        r"\b(?:rua|avenida|praca|travessa) (?:d[aoe]s? )?(?:\w+ )?$",
    ),
    thing_after=pattern(r" street\b"),
    over={
        Topic.LOSS: pattern(r"\b(?<!nao )(?<!nao foi )(?:localizad|encontrad|recuperad)[oa]s?\b"),
        Topic.CUSTOMS: pattern(r"\b(?<!nao )(?<!nao foi )(?:liberad|finalizad|concluid|desalfandegad)[oa]s?\b"),
        Topic.ADDRESS: pattern(r"\b(?<!nao )(?<!ser )(?:corrigid|atualizad|resolvid)[oa]s?\b"),
        Topic.DELAY: pattern(r"\bresolvid"),
    },
)
