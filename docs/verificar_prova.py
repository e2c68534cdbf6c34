#!/usr/bin/env python3
"""Confere uma prova de registro do Em Dia. Um arquivo só, sem rede, sem instalar nada: basta Python 3.8 ou mais novo.

    python3 verificar_prova.py PROVA [--chave CHAVE] [--testemunha CHAVE]...

PROVA é a pasta ou o arquivo zip recebido. CHAVE é a do registro (ou de uma testemunha) como foi publicada, no formato
`nome+resumo+chave`; sem ela vale a que veio na própria prova, e isso é dito. O que é conferido, nesta ordem:

  1. o cabeçalho do registro foi assinado por sua chave (Ed25519, RFC 8032; formato C2SP tlog-checkpoint);
  2. testemunhas de outra conta assinaram o mesmo cabeçalho (C2SP tlog-cosignature), se alguma foi dada;
  3. o evento está na árvore cuja raiz foi assinada (RFC 6962; C2SP tlog-proof);
  4. cada valor revelado é deste evento (resumos com sal, RFC 9901);
  5. o carimbo do tempo é do mesmo cabeçalho (RFC 3161), se veio um e há OpenSSL nesta máquina.

Saída: 0 a prova confere; 1 não confere, e a primeira linha diz o quê; 2 uso incorreto. Este programa não é parte do
sistema que gerou a prova: leia-o, são poucas linhas, ou siga à mão o LEIA-ME.txt, que só precisa do OpenSSL.
"""
# ruff: noqa: D103, N806, N818, T201, UP017  a program for Python 3.8, in the letters of RFC 8032

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timezone

EVENTO, PROVA, VALORES, CHAVES = "evento.json", "prova.tlog-proof", "divulgacoes.txt", "chaves.txt"
CARIMBO, RAIZES = "carimbo.tsr", "carimbo-raizes.pem"
REGISTRO, TESTEMUNHA = 1, 4  # tipos de chave: assinatura e coassinatura Ed25519
MAIOR = 8 * 1024 * 1024  # nenhum arquivo de uma prova chega perto disto


class Recusada(Exception):
    """A prova não confere: `tipo` diz em uma palavra, o texto por extenso."""

    def __init__(self, tipo: str, texto: str) -> None:
        super().__init__(texto)
        self.tipo = tipo


# Ed25519: RFC 8032, seção 5.1. Lento e claro; uma assinatura leva alguns milésimos de segundo.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
RAIZ_DE_MENOS_UM = pow(2, (P - 1) // 4, P)


def soma(a: tuple, b: tuple) -> tuple:
    A, B = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    C, Z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    E, F, G, H = B - A, Z - C, Z + C, B + A
    return (E * F % P, G * H % P, F * G % P, E * H % P)


def vezes(n: int, ponto: tuple) -> tuple:
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = soma(total, ponto)
        ponto, n = soma(ponto, ponto), n >> 1
    return total


def ponto_de(dados: bytes) -> tuple | None:
    y = int.from_bytes(dados, "little")
    sinal, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * RAIZ_DE_MENOS_UM % P
    if (x * x - x2) % P or (x == 0 and sinal):
        return None
    x = P - x if x & 1 != sinal else x
    return (x, y, 1, x * y % P)


BASE = ponto_de((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or ()


def assinou(chave: bytes, texto: bytes, assinatura: bytes) -> bool:
    """Se `assinatura` (64 bytes) é da chave pública (32 bytes) sobre `texto`."""
    A, R = ponto_de(chave), ponto_de(assinatura[:32])
    s = int.from_bytes(assinatura[32:], "little")
    if len(assinatura) != 64 or A is None or R is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(assinatura[:32] + chave + texto).digest(), "little") % L
    esquerdo, direito = vezes(s, BASE), soma(R, vezes(h, A))
    return all((esquerdo[i] * direito[2] - direito[i] * esquerdo[2]) % P == 0 for i in (0, 1))


# Formatos.


def base64_exato(texto: str) -> bytes | None:
    """Os bytes, se `texto` é a única forma de escrevê-los."""
    try:
        dados = base64.b64decode(texto, validate=True)
    except (binascii.Error, ValueError):
        return None
    return dados if base64.b64encode(dados).decode() == texto else None


def chave_de(texto: str) -> tuple:
    """(nome, tipo, chave pública, identificador) de uma chave no formato C2SP."""
    partes = texto.strip().split("+", 2)
    dados = base64_exato(partes[2]) if len(partes) == 3 else None
    if not dados or len(dados) != 33 or dados[0] not in (REGISTRO, TESTEMUNHA):
        raise Recusada("chave-malformada", "uma chave não está no formato nome+resumo+chave, ou é de outro tipo")
    resumo = hashlib.sha256(partes[0].encode() + b"\n" + dados).digest()[:4]
    if resumo.hex() != partes[1]:
        raise Recusada("chave-malformada", "o resumo de uma chave não é o dela")
    return (partes[0], dados[0], dados[1:], resumo)


class Cabecalho:
    """O cabeçalho assinado: origem, tamanho e raiz da árvore, e as linhas que o assinam."""

    def __init__(self, nota: str) -> None:
        texto, fim, linhas = nota.rpartition("\n\n")
        partes = texto.split("\n")
        if not fim or len(partes) != 3 or not linhas.endswith("\n"):
            raise Recusada("cabecalho-malformado", "o cabeçalho assinado não tem três linhas e assinaturas")
        self.texto, self.origem = texto + "\n", partes[0]
        raiz = base64_exato(partes[2])
        if not partes[1].isascii() or not partes[1].isdigit() or str(int(partes[1])) != partes[1]:
            raise Recusada("cabecalho-malformado", "o tamanho do registro não é um número")
        if raiz is None or len(raiz) != 32:
            raise Recusada("cabecalho-malformado", "a raiz não é um resumo SHA-256")
        self.tamanho, self.raiz, self.assinaturas = int(partes[1]), raiz, []
        self.linhas = linhas[:-1].split("\n")
        for linha in self.linhas:
            campos = linha.split(" ")
            dados = base64_exato(campos[2]) if len(campos) == 3 and campos[0] == "\u2014" else None
            if dados is None or len(dados) < 5:
                raise Recusada("cabecalho-malformado", "uma linha de assinatura está malformada")
            self.assinaturas.append((campos[1], dados[:4], dados[4:]))

    def assinado_por(self, chave: tuple) -> datetime | None:
        """Confere a assinatura da chave; de uma testemunha, quando ela assinou."""
        nome, tipo, publica, resumo = chave
        achadas = [corpo for quem, qual, corpo in self.assinaturas if (quem, qual) == (nome, resumo)]
        palavra = "assinatura" if tipo == REGISTRO else "testemunha"
        if len(achadas) != 1:
            raise Recusada(palavra, "o cabeçalho não traz, uma única vez, a assinatura de " + nome)
        corpo, texto, quando = achadas[0], self.texto.encode(), None
        if tipo == TESTEMUNHA:
            segundos = int.from_bytes(corpo[:8], "big")
            texto, corpo = b"cosignature/v1\ntime %d\n" % segundos + texto, corpo[8:]
            if segundos < 2**33:
                quando = datetime.fromtimestamp(segundos, timezone.utc)
        if not assinou(publica, texto, corpo):
            raise Recusada(palavra, "a assinatura de " + nome + " não é sobre este cabeçalho")
        return quando


def ler_prova(dados: bytes) -> tuple:
    """(posição, passos, cabeçalho) de um arquivo .tlog-proof."""
    try:
        cabeca, separador, nota = dados.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise Recusada("prova-malformada", PROVA + " não é texto UTF-8") from None
    linhas = cabeca.split("\n")
    passos = [base64_exato(linha) for linha in linhas[2:]]
    posicao = linhas[1][6:] if len(linhas) > 1 and linhas[1].startswith("index ") else ""
    if not separador or linhas[0] != "c2sp.org/tlog-proof@v1":
        raise Recusada("prova-malformada", PROVA + " não é uma prova C2SP tlog-proof")
    if not posicao.isascii() or not posicao.isdigit() or str(int(posicao)) != posicao:
        raise Recusada("prova-malformada", "a posição do evento não é um número")
    if any(passo is None or len(passo) != 32 for passo in passos):
        raise Recusada("prova-malformada", "um passo da prova não é um resumo SHA-256")
    return int(posicao), passos, Cabecalho(nota)


def raiz_de(evento: bytes, posicao: int, tamanho: int, passos: list) -> bytes:
    """A raiz a que o evento e os passos levam (RFC 9162, seção 2.1.3.2)."""
    if posicao >= tamanho:
        raise Recusada("inclusao", "a posição do evento fica além do fim do registro")
    indice, ultimo = posicao, tamanho - 1
    atual = hashlib.sha256(b"\0" + evento).digest()
    for passo in passos:
        if ultimo == 0:
            raise Recusada("inclusao", "a prova tem passos demais")
        if indice & 1 or indice == ultimo:
            atual = hashlib.sha256(b"\1" + passo + atual).digest()
            while not indice & 1 and indice:
                indice, ultimo = indice >> 1, ultimo >> 1
        else:
            atual = hashlib.sha256(b"\1" + atual + passo).digest()
        indice, ultimo = indice >> 1, ultimo >> 1
    if ultimo != 0:
        raise Recusada("inclusao", "a prova tem passos de menos")
    return atual


def ler_evento(dados: bytes) -> dict:
    """Os campos em claro e os resumos do evento."""
    try:
        evento = json.loads(dados.decode())
    except ValueError:
        evento = None
    campos = {"_sd", "_sd_alg", "id", "kind", "ts", "v"}
    if not isinstance(evento, dict) or set(evento) != campos or evento["_sd_alg"] != "sha-256":
        raise Recusada("evento-malformado", EVENTO + " não é um evento de registro")
    return evento


def valores_de(evento: dict, dados: bytes) -> dict:
    """Os valores revelados, cada um conferido contra o resumo que o evento traz."""
    valores: dict = {}
    for texto in dados.decode("ascii", "replace").split("~") if dados else []:
        resumo = base64.urlsafe_b64encode(hashlib.sha256(texto.encode()).digest()).rstrip(b"=").decode()
        if resumo not in evento["_sd"]:
            raise Recusada("divulgacao-estranha", "um valor revelado não é deste evento")
        try:
            _, nome, valor = json.loads(base64.urlsafe_b64decode(texto + "=" * (-len(texto) % 4)))
        except (TypeError, ValueError):
            raise Recusada("divulgacao-malformada", "um valor revelado está malformado") from None
        if nome in valores or nome in evento:
            raise Recusada("divulgacao-repetida", "o valor " + nome + " aparece duas vezes")
        valores[nome] = valor
    return valores


def carimbado(arquivos: dict, cabecalho: Cabecalho) -> str:
    """O que o OpenSSL diz do carimbo do tempo: é sobre o cabeçalho com a assinatura do próprio registro."""
    if RAIZES not in arquivos:
        raise Recusada("arquivo-ausente", "falta " + RAIZES)
    if not shutil.which("openssl"):
        return "Carimbo do tempo: não conferido, falta o OpenSSL nesta máquina."
    linhas = [linha for linha in cabecalho.linhas if linha.startswith("\u2014 " + cabecalho.origem + " ")]
    with tempfile.TemporaryDirectory() as pasta:
        nomes = {"dados": (cabecalho.texto + "\n" + "\n".join(linhas) + "\n").encode(), CARIMBO: arquivos[CARIMBO]}
        nomes[RAIZES] = arquivos[RAIZES]
        for nome, corpo in nomes.items():
            with open(os.path.join(pasta, nome), "wb") as arquivo:  # noqa: PTH118, PTH123
                arquivo.write(corpo)
        comando = ["openssl", "ts", "-verify", "-data", "dados", "-in", CARIMBO, "-CAfile", RAIZES]
        feito = subprocess.run(comando, cwd=pasta, capture_output=True, check=False)  # noqa: S603
        if feito.returncode:
            raise Recusada("carimbo", "o carimbo do tempo não é deste cabeçalho, ou não é de quem deveria ser")
        texto = subprocess.run(  # noqa: S603
            ["openssl", "ts", "-reply", "-in", CARIMBO, "-text"],  # noqa: S607
            cwd=pasta,
            capture_output=True,
            check=False,
        ).stdout.decode("utf-8", "replace")
    hora = [linha[12:] for linha in texto.split("\n") if linha.startswith("Time stamp: ")]
    return "Carimbo do tempo: confere, " + (hora[0] if hora else "hora ilegível") + "."


# A conferência inteira.


def arquivos_de(prova: str) -> dict:
    """Nome e bytes de cada arquivo da pasta ou do zip."""
    achados: dict = {}
    if os.path.isdir(prova):  # noqa: PTH112
        for nome in os.listdir(prova):  # noqa: PTH208
            caminho = os.path.join(prova, nome)  # noqa: PTH118
            if os.path.isfile(caminho):  # noqa: PTH113
                with open(caminho, "rb") as arquivo:  # noqa: PTH123
                    achados[nome] = arquivo.read(MAIOR + 1)
    else:
        try:
            with zipfile.ZipFile(prova) as pacote:
                for info in pacote.infolist():
                    nome = info.filename.rsplit("/", 1)[-1]
                    if nome in achados:
                        raise Recusada("zip", "o zip traz " + nome + " duas vezes")
                    if nome:
                        with pacote.open(info) as arquivo:
                            achados[nome] = arquivo.read(MAIOR + 1)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
            raise Recusada("zip", "não é uma pasta nem um zip que se possa ler: " + prova) from None
    return achados


def completa(arquivos: dict) -> None:
    for nome, corpo in arquivos.items():
        if len(corpo) > MAIOR:
            raise Recusada("arquivo-grande", nome + " é grande demais para uma prova")
    for nome in (EVENTO, PROVA, VALORES, CHAVES):
        if nome not in arquivos:
            raise Recusada("arquivo-ausente", "falta " + nome)


def conferir(arquivos: dict, publicada: str, testemunhas: list) -> list:
    """As linhas do relatório. Levanta Recusada."""
    completa(arquivos)
    chaves = [chave_de(linha) for linha in arquivos[CHAVES].decode("utf-8", "replace").splitlines() if linha.strip()]
    do_registro = [chave for chave in chaves if chave[1] == REGISTRO]
    if len(do_registro) != 1:
        raise Recusada("chave-malformada", CHAVES + " não traz uma única chave de registro")
    registro = do_registro[0]
    if publicada and chave_de(publicada) != registro:
        raise Recusada("chave-diferente", "a chave da prova não é a publicada")
    posicao, passos, cabecalho = ler_prova(arquivos[PROVA])
    if cabecalho.origem != registro[0]:
        raise Recusada("origem-diferente", "o cabeçalho é de outro registro que a chave")
    cabecalho.assinado_por(registro)
    evento = ler_evento(arquivos[EVENTO])
    linhas = []
    exigidas = [chave_de(texto) for texto in testemunhas]
    for chave in exigidas + [chave for chave in chaves if chave[1] == TESTEMUNHA and chave not in exigidas]:
        quando = cabecalho.assinado_por(chave)
        linhas.append("Testemunha " + chave[0] + ": confere, " + (quando.isoformat() if quando else "sem hora") + ".")
    if raiz_de(arquivos[EVENTO], posicao, cabecalho.tamanho, passos) != cabecalho.raiz:
        raise Recusada("inclusao", "o evento não leva à raiz assinada: foi alterado, ou a prova é de outro evento")
    valores = valores_de(evento, arquivos[VALORES])
    if CARIMBO in arquivos:
        linhas.append(carimbado(arquivos, cabecalho))
    titulo = "A PROVA CONFERE: o evento {id} ({kind}, {ts}) consta do registro".format(**evento)
    onde = cabecalho.origem + ", posição " + str(posicao) + " de " + str(cabecalho.tamanho) + "."
    linhas = [titulo, onde, *linhas]
    linhas += ["  " + nome + ": " + str(valor) for nome, valor in valores.items()]
    linhas.append("Valores revelados: " + str(len(valores)) + " de " + str(len(evento["_sd"])) + ".")
    if not publicada:
        linhas.append("A chave usada é a da própria prova: compare-a com a que a operadora publica (--chave).")
    return linhas


def main() -> int:
    """Lê a linha de comando e diz se a prova confere."""
    leitor = argparse.ArgumentParser(description="Confere uma prova de registro do Em Dia, sem rede.")
    leitor.add_argument("prova", help="pasta ou arquivo zip")
    leitor.add_argument("--chave", default="", help="chave do registro, como a operadora a publica")
    leitor.add_argument("--testemunha", action="append", default=[], help="chave de uma testemunha; pode repetir")
    pedido = leitor.parse_args()
    try:
        print("\n".join(conferir(arquivos_de(pedido.prova), pedido.chave, pedido.testemunha)))
    except Recusada as recusa:
        print("A PROVA NÃO CONFERE [" + recusa.tipo + "]: " + str(recusa), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
