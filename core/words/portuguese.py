"""How carriers say it in Portuguese, of Brazil and of Portugal.

Invariant: data only. May import: core.words.kinds.
"""

from __future__ import annotations

from core.words.kinds import Language, Topic, pattern, rule

_IT = r"(?:objeto|objecto|encomenda|volume|envio|pacote|mercadoria|pedido|carga|conteudo|artigo|produto|embalagem|remessa|item)s?"
_WHO = r"(?:destinatari[oa]|cliente|consignatario|recebedor|morador)s?"
_BASE = r"(?: (?:a|ao|aos|para a|para o|na|no) (?:correios|base|unidade|loja dos correios|deposito|centro|armazem|agencia|transportadora|cd))"

PORTUGUESE = Language(
    name="pt",
    rules=(
        rule(
            Topic.LOSS,
            "perd extr roub furt assa desa sini loca enco falt subt nao rou fal inco desv sum",
            r"^nao localizad[oa]\b(?! na base)|\bsumiu\b|\bdesviad[oa] por|\b(?:carga|volume|pedido|entrega) incomplet[oa]|\bfurt\w+",
            r"\bperdid[oa]s?\b|\bperda\b(?! de (?:voo|tempo|ligacao|conexao))|\bextravi\w+|\broubad[oa]s?\b|\broubo\b|\bfurt(?:o|ad[oa])s?\b|\bassalt(?:o|ad[oa])s?\b|\bdesaparecid\w+|\bsinistr(?:o|ad[oa])s?\b|\bsubtraid\w+",
            rf"\bfalta(?:m)?(?: de)? {_IT}\b(?! de compra)|\b{_IT}[^.;:]{{0,12}}\b(?:em falta|faltante)s?\b",
        ),
        rule(
            Topic.LOSS,
            "loca enco",
            rf"\b{_IT}[^.;:]{{0,15}}\bnao (?:foi |foram |pode ser )?(?:localizad|encontrad)[oa]s?\b(?! na base| no sistema)",
            negatable=False,
        ),
        rule(
            Topic.DAMAGE,
            "avar dani dano queb molh amas viol rasg estr vaza aber part dest manc hume arro dete desc inut",
            r"\bdestruid\w+|\bmanchad\w+|\bumid[oa]\b|\bhumid[oa]\b|\bdeteriorad\w+|\barrombad\w+|\binutilizad\w+|\bembalagem (?:aberta|rota|rompida|defeituosa)|\bderramad\w+|\bvidro quebrado",
            r"\bavari(?:a|as|ad[oa]s?)\b(?! (?:do|da|no|na|de) (?:veiculo|viatura|caminhao|carro|aviao))(?! mecanica)|\bdanific\w+|\bdanos?\b|\bdanad\w+|\bquebrad\w+|\bmolhad\w+|\bamassad\w+|\bviolad\w+|\brasgad\w+|\bestragad\w+|\b(?:envio|objeto|objecto|volume|vidro|artigo|produto|conteudo) partid[oa]s?\b|\bvazament\w+|\bvazand\w+",
            rf"\b{_IT} (?:esta |chegou |foi )?abert[oa]",
        ),
        rule(Topic.REPACK, "reem reac", r"\breembal\w+|\breacondicion\w+|\breempacot\w+"),
        rule(
            Topic.REFUSAL,
            "recu reje acei quis nego quer soli pedi dese nega enco cons dest",
            r"\b(?:pedido|produto|objeto|compra) nao (?:solicitad|reconhecid|encomendad)[oa]|\bnao (?:deseja|desejou|reconhece|solicitou|fez o pedido|pediu)\b|\bdesist(?:iu|encia) d[ao] (?:compra|pedido|encomenda)",
            r"\brecus\w+|\brejeit\w+|\bnao (?:foi )?(?:aceit\w+|quis|quer)\b|\bse negou\b|\bnegou-se\b",
            negatable=False,
        ),
        rule(
            Topic.ADDRESS,
            "ende mora cep mudo desc inco inex erra nao mal insu dive ileg falt muda tran ja irre logr ma mau iden",
            r"\b(?:cliente|destinatario) nao identificad[oa]",
            r"\bmal enderecad|\bnao existe (?:o |a |esse |essa )?(?:numero|rua|endereco|morada|local)|\b(?:rua|bairro|cidade|numero|complemento|casa|predio|porta|localidade|andar)\b[^.;]{0,20}\b(?:incorret|incorrect|incomplet|inexist|errad|nao (?:existe|encontrad|localizad|informad|indicad|consta)|desconhecid|em falta|faltando|ausente)\w*|\b(?:endereco|morada)\b[^.;]{0,20}\b(?:nao (?:existe|confere|corresponde)|em pesquisa|por confirmar|impreciso|divergente|ilegivel)\w*|\b(?:destinatario|cliente|empresa) (?:mudou|transferid[oa]|ja nao (?:mora|reside|esta))",
            r"\b(?:enderec\w*|morada|cep|codigo postal|logradouro|numeracao|rua|numero (?:da casa|da porta))\b[^.;]{0,35}\b(?:incorret|incorrect|incomplet|insuficient|inexist|errad|desconhecid|irregular|nao (?:encontrad|localizad|exist|identificad)|inval|ilegivel|inconsisten|erro\b|diverg|com problema|(?:esta )?em averiguacao)\w*",
            r"\b(?:inconsistencias? n[oa]|erro n[oa]|problemas? (?:n[oa]|com [oa]|de)|falha n[oa]|falta de|ma|mau|falso|incorret[oa]|incorrect[oa]|incomplet[oa]|insuficiencia de|insuficiente) (?:dados (?:de|no) )?(?:enderec\w*|morada)",
            rf"\b{_WHO}[^.;]{{0,20}}\b(?:desconhecid\w+|mudou|mudad\w+|nao (?:reside|mora))|\bmudou-?se\b|\bmudou de (?:enderec|morad|residenc)\w+|\bdesconhecid[oa] n[oa]\b|\bnao (?:reside|mora|existe o numero)|\bdados (?:do destinatario )?insuficientes|^desconhecido\b|^mudou\b",
            negatable=False,
        ),
        rule(
            Topic.ABSENCE,
            "ause nao ning fech ence sem feri desl inco indi tran impo",
            r"\b(?:telefone|telemovel|celular|cliente|destinatario|chamadas?)\b[^.;]{0,20}\b(?:desligad[oa]|nao (?:atende|responde|atendeu|disponivel|estava)|sem resposta|incontactavel|indisponivel)|\bsem resposta\b|\bnao (?:ha|havia|houve|tinha) (?:ninguem|quem|pessoa|responsavel|recebedor|alguem)|\b(?:portaria|portao|porta|comercio|loja|escritorio|armazem|instalacoes|empresa|domicilio)\b[^.;]{0,12}\b(?:fechad|encerrad|trancad)[oa]s?|\bcampainha\b[^.;]{0,15}\bsem",
            r"(?<!aduaneira )(?<!documentacao )(?<!fiscal )\bausente?\b|\bausencia d[oe]\b(?! (?:document|nota|declarac))|\bcarteiro nao atendid|\bnao (?:foi )?atendid\w|\bninguem\b|\bnao (?:se encontrava|estava|atendeu|se encontra)\b",
            r"\b(?:estabelecimento|empresa|local|loja|comercio|cliente|destinatario|residencia|instalacoes)[^.;]{0,20}\b(?:fechad|encerrad)[oa]s?\b|\bsem expediente|\bem ferias\b|\bferias coletivas|\bde ferias\b",
            r"\b(?:nao (?:foi possivel|conseguimos|se conseguiu)|impossivel|sem) (?:contact|contat|contacto|contato)\w*|\bincontactavel",
            negatable=False,
        ),
        rule(
            Topic.CUSTOMS,
            "barr alfa adua fisc apre impo trib icms dese rece ret",
            r"\bapreensao (?:fiscal|d[ao])|\bretid[oa] (?:pel[oa]|n[oa]) (?:fiscaliza|posto fiscal|receita|alfandeg|aduan)\w*",
            r"\b(?:retid|retenc|apreendid|aguard|pendente|pendencia|atras|bloquead|parad|exig|falta|inspec|demora)\w*[^.;]{0,50}\b(?:alfandeg\w*|aduan\w*|receita federal|fiscaliza\w+|barreira fiscal|desembaraco|anuente)",
            r"\b(?:alfandeg\w*|aduan\w*|receita federal|desalfandegamento|desembaraco|fiscaliza\w+)\b[^.;]{0,50}\b(?:retid|retenc|apreendid|pendente|pendencia|atras|ausente|incorret|incorrect|bloquead|exig|falta|inspec|documentos em falta|nao autoriz|aguarda)\w*",
            r"\bapreendid[oa]\b|\bimportacao[^.;]{0,40}\bnao (?:foi )?autorizad|\b(?:pagamento|pagar|pago)\b[^.;]{0,20}\b(?:icms|tribut\w+|impost\w+|direitos|taxas? (?:de importacao|alfandeg\w+))|\b(?:tribut|impost)\w+[^.;]{0,20}\b(?:pendente|por pagar|nao pag)\w*",
        ),
        rule(
            Topic.RETURN,
            "devo reto reme entr volt dist ent",
            r"\b(?:distribuid|entregue|encaminhad|reencaminhad)\w* (?:ao|para o) remetente|\blogistica reversa|\breversa (?:iniciada|em transito|solicitada)|\bsaiu para entrega ao remetente",
            rf"\b(?:devol|retorn|voltand|volta)\w*\b(?!{_BASE})[^.;]{{0,40}}\b(?:remetente|origem|expedidor|vendedor|loja|embarcador)|\b(?:em|processo de|tratamento de) (?:devolucao|retorno)\b|\bdevolucao (?:iniciada|em curso|em andamento|em transito|solicitada|concluida|autorizada|ao)"
            r"|\bentreg(?:ue|a) ao remetente|^devolucao\b(?! nao autoriz)|^devolvid[oa]\b",
            rf"\b{_IT} (?:foi |sera |esta a ser |esta sendo |em )?(?:devolvid[oa]s?)\b(?!{_BASE})",
            negatable=False,
        ),
        rule(
            Topic.WEATHER,
            "chuv ench temp mau clim mete inun alag neve fura cicl inte cala atmo",
            r"\bchuvas?\b|\benchentes?\b|\btemporal\b|\btempestades?\b|\bmau tempo|\bclimatic\w+|\bclima\b|\bmeteorologic\w+|\binundac\w+|\balagament\w+|\bneve\b|\bfuracao|\bciclone|\bintemperies?\b|\bcalamidade|\bcondicoes atmosfericas",
        ),
        rule(
            Topic.DELAY,
            "veic viat cami carr atra demo grev para fora praz adia avar falt temp voo cong acid exce perd falh prob aci bloq mani pane gran alto volu oper queb via cort susp inte data prog aero port estr rodo aces",
            r"\bfora da data|\b(?:aeroporto|porto|estrada|rodovia|via|rua|acesso|entrada)\b[^.;,]{0,20}\b(?:fechad|interditad|bloquead|interrompid)[oa]s?",
            r"\b(?:falha|problema|pane|avaria) (?:mecanic|tecnic|operacional|operativ|no veiculo|de transporte|logistic)\w*|\b(?:bloqueio|interdicao|acidente|manifestacao|corte)\b[^.;]{0,20}\b(?:via|vias|estrada|rodovia|transito|pista)|\b(?:alto|grande|elevado) volume|\bquebra d[oe] veiculo|\bservico suspenso|\bentrega suspensa",
            r"\batras(?:o|os|ad[oa]s?|ou|ar|ara)\b|\bdemor(?:a|ad[oa]|ando|as)\b|\bgreves?\b|\bparalisac\w+|\bfora d[eo] prazo|\bprazo (?:excedid|expirad|diferenciad|ultrapassad)\w*|\badiad[oa]\b(?! (?:pel|a pedido))|\b(?:veiculo|viatura|caminhao|camiao|carro) avariad[oa]|\bperdeu (?:o |a )?(?:ciclo|ligacao|voo|conexao|transporte)|\bavaria (?:do|da|no|na|de) (?:veiculo|viatura|caminhao|carro|aviao)|\bavaria mecanica"
            r"|\bfalta de tempo|\btempo insuficiente|\bsem tempo\b|\bvoo cancelado|\bcongestionament\w+|\bperda de (?:voo|ligacao|conexao)|\bexcesso de (?:volume|carga|objetos)|\bacidente (?:de transito|rodoviario|com o? ?veiculo)",
        ),
    ),
    negator=pattern(r"\b(?:sem|nao|nenhum\w*|nem|nunca)\b"),
    reach=32,
    stop=pattern(
        r"\b(?:entreg\w+|pode|possivel|devido|por|motivo|efetuad\w+|efectuad\w+|realizad\w+|concluid\w+|sucesso|localizad\w+|encontrad\w+|que|liberad\w+|desalfandegad\w+)\b"
    ),
    denied=pattern(
        r"\s*[:=]\s*(?:nao|nenhum\w*|sem|nada)\b",
        r" (?:nao (?:foi |foram )?(?:constatad|verificad|detetad|detectad|confirmad)\w*|descartad\w+|resolvid\w+)",
    ),
    condition=pattern(
        r"(?:^|[.,;:!] ?)se\b|\bcaso\b|\bverifique\b|\bconfira\b|\bevitar\b|(?<!nao )\bpode[m]? (?:ser|haver|sofrer|causar|ter|ocorrer)\b|\bpodera[o]?\b|\bpoderia\b|\bpossive(?:l|is) (?:atras|demor)\w+|\beventua\w*|\bsujeit[oa]s? a\w*|\bproteja\b|\bem caso de\b"
    ),
    future=pattern(r"(?<!nao )\b(?:sera|serao|pode|podera)\b"),
    thing_before=pattern(
        r"\b(?:etiqueta|codigo de barras|veiculo|viatura|estrada|documento|fatura|nota fiscal|leitor)s?(?: esta| foi| estava)* $",
        r"\b(?:rua|avenida|praca|travessa) (?:d[aoe]s? )?(?:\w+ )?$",
    ),
    thing_after=pattern(r" street\b"),
    over={
        Topic.LOSS: pattern(r"(?<!nao )(?<!nao foi )\b(?:localizad|encontrad|recuperad)[oa]s?\b"),
        Topic.CUSTOMS: pattern(r"(?<!nao )(?<!nao foi )\b(?:liberad|finalizad|concluid|desalfandegad)[oa]s?\b"),
        Topic.ADDRESS: pattern(r"(?<!nao )(?<!ser )\b(?:corrigid|atualizad|resolvid)[oa]s?\b"),
        Topic.DELAY: pattern(r"\bresolvid"),
    },
)
