import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emdia.errors import Rejected
from emdia.identity import (
    IRREGULAR_CODES,
    is_mobile,
    parse_ans,
    parse_cnpj,
    parse_cpf,
    parse_email,
    parse_ibge,
    parse_phone,
)

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
PARSERS = {
    "ans-invalid": parse_ans,
    "cpf-invalid": parse_cpf,
    "cnpj-invalid": parse_cnpj,
    "phone-invalid": parse_phone,
    "email-invalid": parse_email,
    "ibge-invalid": parse_ibge,
}
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

GOOD = [
    (parse_ans, "346659", "346659"),
    (parse_ans, "005711", "005711"),
    (parse_cpf, "52998224725", "52998224725"),
    (parse_cpf, "529.982.247-25", "52998224725"),
    (parse_cpf, "00000000191", "00000000191"),
    (parse_cnpj, "11222333000181", "11222333000181"),
    (parse_cnpj, "11.222.333/0001-81", "11222333000181"),
    (parse_cnpj, "12ABC34501DE35", "12ABC34501DE35"),
    (parse_cnpj, "12.ABC.345/01DE-35", "12ABC34501DE35"),
    (parse_cnpj, "12abc34501de35", "12ABC34501DE35"),
    (parse_phone, "+5511987654321", "+5511987654321"),
    (parse_phone, "(11) 98765-4321", "+5511987654321"),
    (parse_phone, "011 98765-4321", "+5511987654321"),
    (parse_phone, "1133334444", "+551133334444"),
    (parse_phone, "+55 68 99987-1234", "+5568999871234"),
    (parse_email, "Maria.Silva+plano@Exemplo.COM.BR", "Maria.Silva+plano@exemplo.com.br"),
    (parse_email, "a@b.co", "a@b.co"),
    (parse_email, "o'brien_2@xn--ao-zia.example", "o'brien_2@xn--ao-zia.example"),
    (parse_ibge, "3550308", "3550308"),
    (parse_ibge, "2605459", "2605459"),
    (parse_ibge, "5101837", "5101837"),  # Boa Esperança do Norte, the newest
    *((parse_ibge, code, code) for code in IRREGULAR_CODES),
]

BAD = [
    *(("ans-invalid", text) for text in ("", "34665", "3466599", "34665-9", "000000", "34665A", " 346659", "346659\n")),
    *(
        ("cpf-invalid", text)
        for text in (
            *(
                "",
                "5299822472",
                "529982247250",
                "52998224726",
                "62998224725",
                "529.98224725",
                "529 982 247 25",
            ),
            *("11111111111", "00000000000", "99999999999", "52998224725\n", "52998224725".translate(ARABIC)),
        )
    ),
    *(
        ("cnpj-invalid", text)
        for text in (
            *("", "1122233300018", "11222333000182", "12ABC34501DE36", "12ABC34501DEX5", "00000000000000"),
            *("11.222333/0001-81", "12ÁBC34501DE35", "11222333000181\n", "11222333000181".translate(ARABIC)),
        )
    ),
    *(
        ("phone-invalid", text)
        for text in (
            *("", "0800 123 4567", "+351 912 345 678", "--------", "98765-4321", "+55119876543210", "11 0876-54321"),
            *("+5500987654321", "0300 1234567", "4004-1234", "11987654321 ramal 2", "0800FLOWERS", "190"),
            *("+5511987654321\n", "11987654321".translate(ARABIC)),
        )
    ),
    *(
        ("email-invalid", text)
        for text in (
            *(
                "",
                "maria",
                "maria@",
                "@exemplo.com",
                "maria@exemplo",
                "maria@@exemplo.com",
                "ma ria@exemplo.com",
            ),
            *("maria@exemplo.com\n", "maria@exemplo.com\r\nBcc: x@y.com", "maria\x00@exemplo.com", " a@b.co"),
            *(".maria@exemplo.com", "maria.@exemplo.com", "ma..ria@exemplo.com", "maria@-exemplo.com"),
            *(
                "maria@exemplo-.com",
                "maria@exemplo..com",
                "maria@[127.0.0.1]",
                "maria@127.0.0.1",
                '"a b"@c.com',
            ),
            *("joão@exemplo.com", "maria@exemplô.com", "a,b@c.com", "<a@b.co>", "a@b.co;c@d.co"),
            *("a" * 65 + "@b.co", "a@" + "b" * 64 + ".co", "a@" + ("b" * 60 + ".") * 5 + "co"),
        )
    ),
    *(
        ("ibge-invalid", text)
        for text in (
            *("", "355030", "35503080", "3550309", "3400001", "0000000", "9999999", "2201918", "SP50308"),
            *("3550308\n", "3550308".translate(ARABIC)),
        )
    ),
]


@pytest.mark.parametrize(("parse", "text", "value"), GOOD)
def test_good_values_get_their_one_spelling(parse, text, value):
    assert parse(text, "/x") == value


@pytest.mark.parametrize(("code", "text"), BAD)
def test_bad_values_are_refused_with_code_and_pointer_and_never_shown(code, text):
    with pytest.raises(Rejected) as caught:
        PARSERS[code](text, "/data/field")
    assert (caught.value.code, caught.value.pointer, caught.value.params) == (code, "/data/field", {})
    assert str(caught.value) == f"{code} at /data/field"
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("text", "mobile"),
    [("+5511987654321", True), ("+5568999871234", True), ("+551133334444", False), ("+556132101234", False)],
)
def test_mobile_and_fixed_lines_are_told_apart(text, mobile):
    assert is_mobile(parse_phone(text)) is mobile


LIKELY = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789.-/+() @ABab\n", max_size=40),
    st.from_regex(re.compile(r"[0-9A-Z]{12}[0-9]{2}"), fullmatch=True),
    st.from_regex(re.compile(r"\+?[0-9()\-. ]{8,24}"), fullmatch=True),
    st.emails(),
)


@pytest.mark.parametrize("code", PARSERS)
@SEEDED
@given(text=LIKELY)
@example(text="+55" + "0" * 21)
@example(text="\ud800")
def test_any_text_is_refused_or_parsed_and_a_parsed_value_parses_to_itself(code, text):
    parse = PARSERS[code]
    try:
        value = parse(text, "")
    except Rejected as refused:
        assert refused.code == code  # noqa: PT017  half the property
        return
    assert value.isascii()
    assert value.isprintable()
    assert " " not in value
    assert parse(value, "") == value


@SEEDED
@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12))
def test_one_pair_of_check_digits_fits_a_cnpj(body):
    """Modulo 11 over ASCII less 48, computed here apart from the library."""
    digits = body
    for _ in range(2):
        weights = [2 + place % 8 for place in range(len(digits))][::-1]
        rest = sum((ord(sign) - 48) * weight for sign, weight in zip(digits, weights, strict=True)) % 11
        digits += str(0 if rest < 2 else 11 - rest)
    if len(set(digits)) > 1:
        assert parse_cnpj(digits) == digits
    wrong = digits[:13] + str((int(digits[13]) + 1) % 10)
    with pytest.raises(Rejected):
        parse_cnpj(wrong)
