"""Names of flags."""

from typing import Final

from steadyvoice.workers.text.spelling import letters

_A: Final = ord("\U0001f1e6")  # the regional indicator of the letter A

_COUNTRIES: Final = dict(
    entry.split(maxsplit=1)
    for entry in (
        "AD Andorra,AE the United Arab Emirates,AF Afghanistan,AG Antigua and Barbuda,AL Albania,AM Armenia,AO Angola,"
        "AR Argentina,AT Austria,AU Australia,AZ Azerbaijan,BA Bosnia and Herzegovina,BB Barbados,BD Bangladesh,"
        "BE Belgium,BF Burkina Faso,BG Bulgaria,BH Bahrain,BI Burundi,BJ Benin,BN Brunei,BO Bolivia,BR Brazil,"
        "BS the Bahamas,BT Bhutan,BW Botswana,BY Belarus,BZ Belize,CA Canada,CD Congo,CF the Central African Republic,"
        "CG Congo,CH Switzerland,CI Ivory Coast,CL Chile,CM Cameroon,CN China,CO Colombia,CR Costa Rica,CU Cuba,"
        "CV Cape Verde,CY Cyprus,CZ the Czech Republic,DE Germany,DJ Djibouti,DK Denmark,DO the Dominican Republic,"
        "DZ Algeria,EC Ecuador,EE Estonia,EG Egypt,ER Eritrea,ES Spain,ET Ethiopia,EU the European Union,FI Finland,"
        "FJ Fiji,FR France,GA Gabon,GB the United Kingdom,GE Georgia,GH Ghana,GL Greenland,GM the Gambia,GN Guinea,"
        "GR Greece,GT Guatemala,GY Guyana,HK Hong Kong,HN Honduras,HR Croatia,HT Haiti,HU Hungary,ID Indonesia,"
        "IE Ireland,IL Israel,IN India,IQ Iraq,IR Iran,IS Iceland,IT Italy,JM Jamaica,JO Jordan,JP Japan,KE Kenya,"
        "KG Kyrgyzstan,KH Cambodia,KP North Korea,KR South Korea,KW Kuwait,KZ Kazakhstan,LA Laos,LB Lebanon,"
        "LI Liechtenstein,LK Sri Lanka,LR Liberia,LS Lesotho,LT Lithuania,LU Luxembourg,LV Latvia,LY Libya,MA Morocco,"
        "MC Monaco,MD Moldova,ME Montenegro,MG Madagascar,MK North Macedonia,ML Mali,MM Myanmar,MN Mongolia,"
        "MR Mauritania,MT Malta,MU Mauritius,MV the Maldives,MW Malawi,MX Mexico,MY Malaysia,MZ Mozambique,NA Namibia,"
        "NE Niger,NG Nigeria,NI Nicaragua,NL the Netherlands,NO Norway,NP Nepal,NZ New Zealand,OM Oman,PA Panama,"
        "PE Peru,PG Papua New Guinea,PH the Philippines,PK Pakistan,PL Poland,PR Puerto Rico,PS Palestine,PT Portugal,"
        "PY Paraguay,QA Qatar,RO Romania,RS Serbia,RU Russia,RW Rwanda,SA Saudi Arabia,SD Sudan,SE Sweden,"
        "SG Singapore,SI Slovenia,SK Slovakia,SL Sierra Leone,SM San Marino,SN Senegal,SO Somalia,SR Suriname,"
        "SS South Sudan,SV El Salvador,SY Syria,TD Chad,TG Togo,TH Thailand,TJ Tajikistan,TL East Timor,"
        "TM Turkmenistan,TN Tunisia,TO Tonga,TR Turkey,TT Trinidad and Tobago,TW Taiwan,TZ Tanzania,UA Ukraine,"
        "UG Uganda,UN the United Nations,US the United States,UY Uruguay,UZ Uzbekistan,VA the Vatican,VE Venezuela,"
        "VN Vietnam,WS Samoa,XK Kosovo,YE Yemen,ZA South Africa,ZM Zambia,ZW Zimbabwe"
    ).split(",")
)
_SUBDIVISIONS: Final = {"gbeng": "England", "gbsct": "Scotland", "gbwls": "Wales"}


def country_flag(regional_indicators: str) -> str:
    """Of two regional indicators, or of one that stands alone."""
    code = "".join(chr(ord(character) - _A + ord("A")) for character in regional_indicators)
    if country := _COUNTRIES.get(code):
        return f"flag of {country}"
    return f"flag {letters(code)}" if len(code) == 2 else letters(code)


def subdivision_flag(tags: str) -> str:
    """Of the tag characters that follow a black flag."""
    subdivision = _SUBDIVISIONS.get("".join(chr(ord(tag) - 0xE0000) for tag in tags[:-1]))
    return f"flag of {subdivision}" if subdivision else "flag"
