"""Further ways of saying it in Portuguese: families of phrases, one rule a topic, for what carriers seldom say.

Invariant: data only. May import: core.words.kinds.
"""

from __future__ import annotations

from core.words.kinds import Topic, rule

PORTUGUESE_WAYS = (
    rule(
        Topic.LOSS,
        "subt desv volu falt sumi",
        r"\bsubtraid[oa]s?\b|\bsumi(?:u|do)\b|\bfalta (?:de )?(?:volume|mercadoria|conteudo|objeto|encomenda|item|"
        r"itens|parcial|total)s?\b|\bvolumes? (?:em "
        r"falta|faltante|nao (?:localizad|encontrad|recebid))\w*|\bdesvio de (?:carga|mercadoria|encomenda)",
        negatable=False,
    ),
    rule(
        Topic.DAMAGE,
        "part emba cont viol rasg aber romp amas molh caix paco volu",
        r"^partid[oa]s?\b|\b(?:conteudo|produto|artigo|vidro) partid[oa]s?|\b(?:embalagem|caixa|volume|pacote) "
        r"(?:foi |esta |estava )?(?:abert|rasgad|violad|molhad|"
        r"amassad|rompid|inadequad|insuficiente)\w*",
    ),
    rule(
        Topic.REFUSAL,
        "canc soli desa reco comp reje reje aleg dese quer quis arre pedi enco acei ped",
        r"\bcancelad[oa] pel[oa] (?:cliente|destinatario|comprador)[^.;]{0,6}\b(?:na|no ato|em)\b|\b(?:compra|"
        r"pedido|encomenda) (?:foi )?cancelad[oa] pel[oa] "
        r"(?:cliente|comprador|destinatario)|\b(?:mercadoria|pedido|produto|encomenda|compra)\b[^.;]{0,10}\bnao "
        r"(?:solicitad|pedid|reconhecid|encomendad|comprad)\w*|"
        r"^nao (?:solicitad|pedid|encomendad)[oa]s?\b|\bdesacordo comercial|\b(?:cliente|destinatario|comprador) "
        r"(?:alega|afirma|diz|"
        r"informa)\b[^.;]{0,25}\bnao (?:ter )?(?:compr|ped|solicit|encomend|quer|dese)\w*|\b(?:cliente|"
        r"destinatario) nao (?:reconhec|dese|quer|quis|aceit|solicit)\w*",
        negatable=False,
    ),
    rule(
        Topic.ADDRESS,
        "falt sem nume nome ende mora conf agua dado imov casa pred pred apar trab trab cep codi "
        "dest clie corr comp logr caix func terr bair edif pess loja resi port aban ja vazi desa "
        "empr ileg deso inex dive",
        r"\bfalta\w* (?:de )?(?:os |o |a )?(?:dados|complemento|numero|andar|bloco|apartamento|bairro|cep|porta|"
        r"informac\w+|referencia)(?: (?:no|na|do|da|de) "
        r"(?:endereco|morada|porta|casa))?|^sem (?:numero|complemento|endereco|referencia)\b|"
        r"\bnome\b[^.;]{0,15}\bnao (?:consta|corresponde|confere|existe|"
        r"identificado)|\b(?:endereco|morada|logradouro|cep|codigo postal|dados d[oe] (?:destinatario|endereco|"
        r"cliente)|localidade|bairro|numero da porta|porta)\b"
        r"[^.;,]{0,20}\b(?:incorret|incorrect|errad|invalid|incomplet|insuficient|divergent|inconsistent|inexat|"
        r"confus|ilegive|desatualizad|nao (?:confere|corresponde|"
        r"cadastrad|identificad|visive|consta|localiz|encontr|existe))\w*",
        r"\b(?:aguard\w+|necessit\w+|confirmar|confirmacao|correc?cao|corrigir|verificar|atualizar|pendente|"
        r"requer)\b[^.;]{0,25}\b(?:endereco|morada|dados d[oe] "
        r"(?:destinatario|endereco))\b(?! (?:de recolha|do remetente))|\b(?:endereco|morada) (?:necessita|precisa|a "
        r"(?:confirmar|corrigir)|por confirmar|pendente|"
        r"em (?:verificacao|correc))\w*|\b(?:imovel|casa|predio|local|loja|terreno|residencia|edificio) (?:esta |"
        r"encontra-se )?(?:desocupad|desabitad|abandonad|demolid|"
        r"vazi|inexistent|em construcao|devolut)\w*|\b(?:destinatario|cliente|funcionario|pessoa|empresa) (?:ja "
        r")?(?:nao|saiu|mudou)\b[^.;]{0,4}\b(?:trabalha|mora|"
        r"reside|vive|habita|funciona|pertence|da empresa|de (?:morada|endereco|local))\w*|\b(?:apartado|caixa "
        r"postal) (?:invalid|inexistent|encerrad|cancelad)\w*",
        negatable=False,
    ),
    rule(
        Topic.ABSENCE,
        "aten aten fech ence clie dest hora expe expe tele cont resp feri port abri celu cham esta "
        "viaj viag fora indi ause",
        r"^nao (?:atende|atendeu|estava|respondeu|abriu)\b|^(?:fechad|encerrad)[oa]s?\b(?! (?:com|a|o|pelo))|"
        r"\b(?:fechad|encerrad)[oa]s? (?:para|por|devido a|durante|ao|aos|"
        r"no|na|em|de) (?:motivo de |o |a )?(?:ferias|feriado|almoco|balanco|obras|descanso|sabado|domingo|fim|"
        r"horario|luto|inventario)|\b(?:cliente|destinatario|"
        r"recebedor|responsavel) (?:esta |encontra-se )?(?:em viagem|viajando|de ferias|fora|ausentou|incontactavel|"
        r"indisponivel|nao (?:contactado|localizado|esta|"
        r"estava|disponivel|atende|respond)\w*)",
        r"\bhorario (?:de |do )?(?:expediente|recebimento|funcionamento|atendimento)\b"
        r"[^.;]{0,15}\b(?:encerrad|finalizad|terminad|ultrapassad|excedid)\w*|\bexpediente (?:encerrado|terminado)|"
        r"\b(?:telefone|telemovel|celular|chamada|contacto|"
        r"contato)s?\b[^.;]{0,12}\b(?:desligad|nao atend|sem (?:resposta|sucesso)|ocupad|indisponivel|fora de)\w*|"
        r"\b(?:sem|nao (?:foi possivel|conseguimos|conseguiu))\b"
        r"[^.;]{0,15}\b(?:contacto|contato|contactar|contatar) (?:com )?(?:o |a )?(?:cliente|destinatario|"
        r"recebedor)|\bferiado (?:local|municipal)[^.;]{0,10}\bfechad\w*",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "fisc agua docu falt impo exig rece recu cana barr post desa alfa adua trib prop sefa anvi vigi fatu nota fact",
        r"^(?:em )?fiscalizacao\b(?! (?:final|conclu|encerr|liber|terminad))|\b(?:em|retid[oa] (?:para|na|pela)|"
        r"parad[oa] (?:para|na|em)|aguard\w+|objeto em) (?:a )?"
        r"fiscalizacao\b(?! (?:final|conclu))|\bfiscalizacao (?:aduaneira|fiscal|federal|estadual|"
        r"alfandegaria)\b(?! (?:final|conclu|encerr))|\baguard\w+ (?:o )?pagamento "
        r"(?:do |de |da |dos )?(?:despacho|impost|tribut|tax|direit|desalfand|icms)\w*|\b(?:documentac\w+|"
        r"documentos?|fatura|factura|nota)\b[^.;]{0,25}\b(?:alfandeg|"
        r"desalfandeg|aduan|despacho|comercial em falta|importac)\w*",
        r"\bfalta\w* (?:de |da )?(?:fatura|factura) (?:comercial|proforma)|\bimportacao (?:proibid|nao autorizad|"
        r"restrit|negad|recusad|suspens)\w*|\b(?:exigencia|barreira|"
        r"posto|pendencia|retencao|apreensao) (?:fiscal|tributaria|aduaneira|alfandegaria)|\b(?:receita federal|"
        r"sefaz|anvisa|vigiagro|alfandega|aduana)\b[^.;]{0,25}\b"
        r"(?:analise|retid|apreend|exig|solicit|recus|devol|aguard|fiscaliz|inspe|bloque|conferencia)\w*|"
        r"\b(?:analise|retid[oa]|apreendid[oa]|recusad[oa]|inspec?cao|conferencia|"
        r"bloquead[oa]|parad[oa]) (?:pel[oa]|na|no|da|d[oa]) (?:receita|sefaz|anvisa|alfandega|aduana|posto fiscal|"
        r"vigiagro)\w*|\bcanal (?:vermelho|amarelo|cinza)",
        negatable=False,
    ),
    rule(
        Topic.RETURN,
        "logi reve cami volt regr reme expe emba devo",
        r"^(?:logistica )?reversa$|\b(?:a caminho|de volta|em regresso|regress\w+|volt(?:a|ou|ando)) (?:ao|a|para o|"
        r"do|de) (?:remetente|expedidor|vendedor|"
        r"embarcador|origem|loja)|\bentregue (?:ao|no) (?:remetente|expedidor|embarcador)|\b(?:aguard\w+|"
        r"solicitad[oa]|autorizad[oa]|pendente de|liberad[oa] para|"
        r"marcad[oa] para|em rota de|separad[oa] para|apto a|a aguardar) (?:a )?devolucao\b|\bdevolucao (?:entregue|"
        r"recebida|concluida|finalizada|ao|a|para|de "
        r"mercadoria|parcial|total|do objeto|da encomenda|do envio|confirmada|programada|efetuada|realizada|emitida)\b",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "prob tran mani nao cheg reag carr emba falt falh carg impr avar espa capa orde exce veic "
        "viat volu prev acum pico prop said estr fili cami",
        r"\bproblemas? (?:operaciona|mecanic|tecnic|logistic|de (?:transporte|rota|transito|sistema|trafego)|com o "
        r"veiculo|no (?:veiculo|transporte|sistema))\w*|"
        r"\btransito (?:intenso|parado|lento|congestionado|interrompido)|\bmanifestac\w+|\bnao (?:houve|deu|ha) "
        r"tempo|\b(?:veiculo|viatura|camiao|carrinha|carro) (?:avariou|quebrou|teve (?:uma )?avaria)|\bchegada "
        r"(?:tardia|atrasada|fora)|\bcheg(?:ou|ada) "
        r"(?:fora d[oe] (?:horario|prazo|hora)|tarde|apos o (?:corte|horario|limite))|\breagendad[oa]? (?:por|"
        r"devido a|pela) (?:motivo |motivos )?(?:operacion|falta|"
        r"transportadora|excesso|atraso|problema|tempo)\w*|\bnao (?:foi )?roteirizad[oa]s?\b",
        r"\bfalta de (?:veiculo|viatura|motorista|pessoal|capacidade|equipa|equipe|efetivo|estafeta|entregador|"
        r"transporte|condutor|caminhao)\w*|\bfalha (?:(?:no|de|do) (?:"
        r"sistema|transporte|veiculo|equipamento)|operacional|tecnica|mecanica|logistica)\b|\bimprevistos?\b|"
        r"\b(?:carga|veiculo|encomenda|objeto) retid[oa]s? "
        r"(?:por|na|no|pela|em) (?:transportadora|estrada|transito|filial)|\b(?:capacidade|volume) (?:excedid|acima|"
        r"excessiv|esgotad)\w*|\bacumul(?:o|ado) "
        r"de (?:encomendas|objetos|carga|servico)|\bordem publica|\bmais tarde d?o? ?que o previsto",
        negatable=False,
    ),
    rule(
        Topic.LOSS,
        "vazi",
        r"\b(?:caixa|embalagem|pacote|volume|envelope) (?:estava |chegou |veio |esta )?vazi[oa]\b",
        negatable=False,
    ),
    rule(
        Topic.CUSTOMS,
        "lice auto guia regi",
        r"\b(?:licenca|autorizacao|guia|registro) de importacao\b[^.;]{0,20}\b(?:pendente|exigid|necessari|vencid|"
        r"nao|ausente)\w*|\bfalta\w* (?:de |a )?(?:licenca|autorizacao|guia) de importacao",
        negatable=False,
    ),
    rule(
        Topic.DELAY,
        "cami veic carr moto van exce entr cond aero estr pont rodo via",
        r"\b(?:caminhao|veiculo|carro|moto|van|carreta|aeronave) (?:esta |foi |ficou )?(?:quebr|enguic|avaria|parad|"
        r"acidentad)\w*|\b(?:motorista|entregador|condutor|caminhao|veiculo)\b[^.;]{0,20}\bacident\w+|"
        r"\bexcesso de (?:encomendas|volumes?|demanda|carga|pedidos|entregas)|"
        r"\b(?:estrada|rodovia|ponte|via) (?:esta )?(?:interditad|bloquead|fechad)[oa]\b",
        negatable=False,
    ),
)
