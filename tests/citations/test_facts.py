"""Figures, dates and names: what is the same in two ways of writing, and what is not."""

from __future__ import annotations

import pytest

from retriever.citations.evidence import Evidence
from retriever.citations.excerpts import ReadExcerpt
from retriever.citations.facts import find_facts, find_misplaced, look_up
from retriever.text.language import detect
from retriever.types import Span

SAME = [
    ("1,500 people came.", "来了一千五百人。"),
    ("1.5 thousand people came.", "Es kamen 1.500 Menschen."),
    ("It grew by 12%.", "增长百分之十二。"),
    ("It grew by 12 percent.", "Es wuchs um 12 Prozent."),
    ("投入3.2亿元。", "It spent 320 million yuan."),
    ("投入3.2亿元。", "投入三亿二千万元。"),
    ("They met on 5 March 2021.", "会议于2021年3月5日召开。"),
    ("They met on March 5th, 2021.", "二〇二一年三月五日召开会议。"),
    ("They met on 5 March 2021.", "令和3年3月5日に会合を開いた。"),
    ("Se reunieron el 5 de marzo de 2021.", "Встреча прошла 5 марта 2021 года."),
    ("In March 2021 they met.", "They met on 5 March 2021."),
    ("The trial ran for a total of 18 months.", "试点持续一年半，共18个月。"),
    ("The road is 1.5 km long.", "道路长1500米。"),
    ("It takes 90 minutes.", "Дорога занимает девяносто минут."),
    ("The lake covers 21 hectares.", "湖面21公顷。"),
    ("Twenty-five schools took part.", "25 schools took part."),
    ("Two hundred and fifty schools took part.", "250 écoles ont participé."),
    ("Some 400,000 people live there.", "412,000 people live there."),
    ("约有40万人。", "共有人口412000人。"),
    ("市域の四割が低い。", "40 per cent of the town lies low."),
    ("三分の二を補助する。", "Two thirds are paid."),
    ("It opens at 9:30 p.m.", "The gate opens at 21:30."),
    ("下午3时开会。", "The meeting begins at 15:00."),
    ("The standard is GB/T 7714.", "按照GB/T 7714执行。"),
    ("COVID-19 was the reason.", "The reason was covid 19."),
    ("Harbour Street stays open.", "The branch at Harbour Street stays open."),
    ("Работает в Верхнереченске.", "Транспорт Верхнереченска."),
    ("It is in Brandt's contract.", "The contractor, Brandt Lowell, pays."),
    ("清河县完成了任务。", "任务由清河县完成。"),
    ("局长张伟说了话。", "张伟出席。"),
    ("见《水法实施办法》。", "根据《水法实施办法》第三条"),
    ("2,000 people came in 2019.", "In 2019 came 2000 people."),
    ("第12条规定了津贴。", "第十二条 发放津贴。"),
    ("第十二条规定了津贴。", "Article 12 grants it."),
    ("八十岁以上老人每月领取津贴。", "八十周岁以上老年人每月领取。"),
    ("He has been there for ten years.", "成立十周年。"),
    ("A 30-day loan is free.", "借期30天。"),
    ("电话是0871-65123344。", "联系电话：0871-6512-3344"),
    ("Er ist unter 030 1234567 erreichbar.", "Er ist unter 030 / 123 45 67 erreichbar."),
    ("Израсходовали 1250 т угля.", "израсходовала 1 250 тонн угля"),
    ("예산은 350,000,000원이다.", "예산은 3억 5천만 원이다."),
    ("책을 5권까지 빌릴 수 있다.", "책 다섯 권까지 빌릴 수 있습니다."),
    ("Kinh phí là 1.500.000.000 đồng.", "kinh phí là 1,5 tỷ đồng"),
    ("Kinh phí là 1,5 tỉ đồng.", "kinh phí là 1,5 tỷ đồng"),
    ("1.200.000 yolcu", "1,2 milyon yolcu"),
    ("มีนักท่องเที่ยว 3.5 หมื่นคน", "มีนักท่องเที่ยว 35,000 คน"),
    ("पानी पर 12.5 लाख रुपये खर्च हुए।", "12,50,000 रुपये खर्च हुए"),
    ("İlk otobüs 05:45'te kalkar.", "İlk otobüs saat 05.45'te kalkar"),
    ("Die Küche ist von 7 bis 20 Uhr offen.", "Die Küche ist von 7:00 bis 20:00 Uhr offen."),
    ("The kitchen is open from 7 a.m. to 8 p.m.", "Die Küche ist von 7 bis 20 Uhr offen."),
    ("周二至周六8:30到21:00开放。", "週二至週六上午八時三十分至晚上9時開放"),
    ("上午八点半开放。", "Open from 8:30."),
    ("Sie arbeiten 8 Stunden.", "8時間働く。"),
    ("馆长于2023年5月20日宣布。", "館長於民國112年5月20日宣布"),
    ("No ships came between May 3 and May 5, 2023.", "Between 3 and 5 May 2023 no ships came."),
    ("5月3日至5月5日放假。", "5月3日至5日放假。"),
    ("It lasts from May 3 to May 5.", "It lasts from May 3 to 5."),
    ("Es ist am 3. Mai geschlossen.", "Vom 3. bis 5. Mai geschlossen."),
    ("Закрыто 3 мая.", "С 3 по 5 мая закрыто."),
    ("It cost over $4 million.", "It cost $4.2 million."),
    ("It rose by 3 percentage points.", "提高3个百分点。"),
    ("It rose by 3 percentage points.", "Es stieg um 3 Prozentpunkte."),
    ("It is 120 feet long.", "It is 120 ft long."),
    ("占地1500平方公尺。", "占地1500平方米"),
    ("三分之一的人来了。", "One third of them came."),
    ("三分之一的人来了。", "A third of them came."),
    ("人民币120元", "壹佰贰拾元整"),
    ("劉振華局長說了話。", "刘振华出席。"),
    ("Closed on Mondays.", "Montag geschlossen"),
    ("周二開館。", "Open Tuesday to Saturday"),
    ("Open on Wednesday.", "週二至週六開放"),
    ("Open on Friday and Sunday.", "周五至周一开放"),
    ("周四开放。", "周一至五开放"),
    ("On Monday and Thursday.", "毎週月曜日と木曜日、月・木曜日"),
    ("On Sunday.", "من الأحد إلى الخميس"),
    ("On Saturday.", "ทุกวันเสาร์และวันอาทิตย์"),
    ("Closed on Mondays.", "nghỉ ngày thứ Hai"),
    ("Closed on Monday.", "Open daily."),
    ("Closed on Monday.", "毎日、日曜日も開く。"),
    ("Giờ mở cửa: 7:30 đến 17:00.", "Thư viện mở cửa từ 7 giờ 30 đến 17 giờ"),
    ("הבריכה תיסגר ב-15.1.2024.", "הבריכה תיסגר לשיפוצים ב-15 בינואר 2024."),
    ("It opened on 5 March 2021.", "5 Mart 2021'de açıldı"),
    ("It opened on 5 March 2021.", "Άνοιξε στις 5 Μαρτίου 2021"),
    ("It opened on 5 March 2021.", "5 मार्च 2021 को खुला"),
    ("夜晚10点关门。", "夜晚十點收工"),
    ("Write to care@example.org.", "邮箱care@example.org。"),
    ("In 2022 it opened.", "เปิดในปี พ.ศ. 2565"),
    ("เปิดในปี 2565", "เปิดในปี พ.ศ. ๒๕๖๕"),
    ("เปิดในปี 2565", "เปิด 2565"),
    ("It opened on 15 March 2022.", "เปิดเมื่อวันที่ 15 มีนาคม พ.ศ. 2565"),
    ("It opened on 15 March 2022.", "เปิดเมื่อวันที่ 15 มีนาคม 2565"),
    ("In Q1 2023 sales rose.", "2023年第一季度销售增长。"),
    ("In Q1 2023 sales rose.", "In the first quarter of 2023 sales rose."),
    ("第二季度销售增长。", "Im zweiten Quartal stieg der Absatz."),
    ("二季度销售增长。", "第2四半期の売上が伸びた。"),
    ("1분기 매출이 늘었다.", "In the first quarter sales rose."),
    ("上半年销售增长。", "In H1 2023 sales rose."),
    ("前三季度增长5%，第三季度增长6%。", "前三季度增长5%，三季度增长6%。"),
    ("FY2023 profit rose.", "In fiscal year 2023 profit rose."),
    ("FY2023/24 profit rose.", "In 2023-24 profit rose."),
    ("12/25/2021", "On December 25, 2021."),
    ("03/05/2021", "On March 5, 2021."),
    ("03/05/2021", "On 3 May 2021."),
    ("On 5 March 2021.", "Ngày 5 tháng 3 năm 2021."),
    ("Ngày 5/3/2021.", "Ngày 5 tháng 3 năm 2021."),
    ("In March 2021.", "Tháng 3/2021."),
    ("오후 3시 30분에 연다.", "It opens at 15:30."),
    ("15시 30분에 연다.", "오후 3시 반에 연다."),
    ("300 people came.", "On May 12 300 people came."),
    ("On May 12 300 people came.", "On May 12, 300 people came."),
    ("It cost US$1.2m.", "It cost 1.2 million dollars."),
    ("It cost EUR 3.5 million.", "Es kostete 3,5 Mio. Euro."),
    ("Es kostete €3,5 Mio.", "It cost 3.5 million euros."),
    ("The pool is 120 m long.", "The pool is 120 metres long."),
    ("It cost $5 m.", "It cost 5 million dollars."),
    ("The dose is 500 ml.", "The dose is 0.5 litres."),
    ("It takes 2½ hours.", "It takes 2.5 hours."),
    ("It takes 12 ¾ hours.", "It takes 12.75 hours."),
    ("剂量为5微克。", "The dose is 5 μg."),
    ("气温降到-10℃。", "气温降到零下10度。"),
    ("It was -10 °C.", "It was 10 °C below zero."),
    ("The temperature fell by 5 °C.", "5–10 °C, 5 °C"),
    ("一百五十人来了。", "150人来了。"),
    ("三万五千人来了。", "来了三万五。"),
    ("两千三百人来了。", "来了两千三。"),
    ("Quatre-vingt-dix-neuf personnes.", "99 personnes."),
    ("Trente-deux personnes.", "32 personnes."),
    ("The 21st of them.", "The twenty-first of them, 21."),
    ("The 3rd bridge.", "The third bridge."),
    ("第三届大会召开。", "The third congress was held."),
    ("第三届大会召开。", "Третий съезд состоялся."),
    ("It was built in the 1990s.", "建于上世纪九十年代。"),
    ("午後3時半に開く。", "It opens at 15:30."),
    ("午後3時に開く。", "15時に開く。"),
    ("約40万人が住む。", "人口は412000人。"),
    ("毎週月曜日に休む。", "Closed on Mondays."),
    ("建于20世纪90年代。", "It was built in the 1990s."),
    ("It was built in the 1990s.", "建于二十世纪九十年代。"),
    ("أرسلت البلدية 9 مهندسين.", "أرسلت البلدية تسعة مهندسين إلى القرية."),
    ("नगरपालिका ने नौ इंजीनियर भेजे।", "नगरपालिका ने 9 इंजीनियर गाँव भेजे।"),
    ("축제는 사흘 동안 열렸다.", "축제는 3일 동안 열렸다."),
    ("행사에 90,000명이 모였다.", "행사에 구만 명이 모였다."),
    ("The city built nine schools.", "เทศบาลสร้างโรงเรียนเก้าแห่งในปีนี้"),
    ("Thành phố xây 9 trường học.", "Thành phố xây chín trường học trong năm nay."),
]
DIFFERENT = [
    ("1,500 people came.", "来了一千六百人。"),
    ("It grew by 12%.", "增长百分之十三。"),
    ("It grew by 12%.", "12 schools took part."),
    ("投入3.2亿元。", "投入3.2万元。"),
    ("They met on 5 March 2021.", "会议于2021年3月6日召开。"),
    ("They met in 2021.", "They met in 2020."),
    ("The road is 1.5 km long.", "道路长15公里。"),
    ("It lasts 3 months.", "It lasts 3 years."),
    ("It lasts three years.", "It lasts four years."),
    ("More than 500,000 people live there.", "412,000 people live there."),
    ("Twenty-five schools took part.", "15 schools took part."),
    ("The standard is GB/T 7715.", "按照GB/T 7714执行。"),
    ("The contractor is Brenner.", "The contractor, Brandt Lowell, pays."),
    ("Работает в Нижнегорске.", "Транспорт Верхнереченска."),
    ("도서관은 화요일에 쉽니다.", "도서관은 매주 월요일에 휴관합니다."),
    ("火曜日に出す。", "毎週月曜日と木曜日に出してください。"),
    ("Write to cares@example.org.", "邮箱care@example.org。"),
    ("邮箱为care@exampel.org。", "邮箱care@example.org。"),
    ("建于20世纪80年代。", "It was built in the 1990s."),
    ("Open on Sunday.", "週二至週六開放"),
    ("Closed on Tuesday.", "Montag geschlossen"),
    ("第十三条规定了津贴。", "第十二条 发放津贴。"),
    ("أرسلت البلدية سبعة مهندسين.", "أرسلت البلدية تسعة مهندسين إلى القرية."),
    ("नगरपालिका ने सात इंजीनियर भेजे।", "नगरपालिका ने नौ इंजीनियर गाँव भेजे।"),
    ("축제는 이틀 동안 열렸다.", "축제는 사흘 동안 열렸다."),
    ("행사에 칠만 명이 모였다.", "행사에 구만 명이 모였다."),
    ("เทศบาลสร้างโรงเรียนเจ็ดแห่ง", "เทศบาลสร้างโรงเรียนเก้าแห่งในปีนี้"),
    ("Thành phố xây bảy trường học.", "Thành phố xây chín trường học trong năm nay."),
    ("电话是0871-65123345。", "联系电话：0871-6512-3344"),
    ("比上年提高3%。", "比上年提高3个百分点。"),
    ("比上年提高3个百分点。", "比上年提高3%。"),
    ("It is 120 m long.", "It is 120 ft long."),
    ("Die Küche ist bis 21 Uhr offen.", "Die Küche ist von 7:00 bis 20:00 Uhr offen."),
    ("Ships came on 6 May 2023.", "From 3 to 5 May 2023 ships came"),
    ("예산은 3억 원이다.", "예산은 3억 5천만 원이다."),
    ("책을 여섯 권까지 빌릴 수 있다.", "책 다섯 권까지 빌릴 수 있습니다."),
    ("पानी पर 12.5 करोड़ रुपये खर्च हुए।", "12,50,000 रुपये खर्च हुए"),
    ("青山县完成了任务。", "任务由清河县完成。"),
    ("教育局负责。", "财政局负责。"),
    ("富强村通了路。", "兴旺村和移民村通了路。"),
    ("In 2022 it opened.", "เปิดในปี พ.ศ. 2566"),
    ("It takes 2½ hours.", "It takes 10.5 hours."),
    ("第三季度销售增长。", "第二季度销售增长。"),
    ("In Q3 sales rose.", "In the second quarter sales rose."),
    ("下半年销售增长。", "上半年销售增长。"),
    ("第十四届大会召开。", "第十三届大会召开。"),
    ("第三届大会召开。", "The second congress was held."),
    ("剂量为5毫克。", "剂量为5微克。"),
    ("The dose is 5 ml.", "The dose is 5 cl."),
    ("It is 5 km.", "It is 5 m."),
    ("最低气温为10℃。", "最低气温为-10℃。"),
    ("最低气温为零下10℃。", "最低气温为10℃。"),
    ("오후 3시에 연다.", "오전 3시에 연다."),
    ("03/05/2021", "On 4 May 2021."),
    ("Ngày 5 tháng 3 năm 2021.", "Ngày 6 tháng 3 năm 2021."),
    ("On May 12 300 people came.", "On May 12 400 people came."),
    ("午前3時に開く。", "午後3時に開く。"),
    ("若葉駅で乗り換える。", "青山駅で乗り換える。"),
    ("四隻の船が来た。", "五隻の船が来た。"),
    ("局长李强说了话。", "局长张伟出席。"),
    ("见《水法实施条例》。", "根据《水法实施办法》第三条"),
]


def missing(claim: str, excerpt: str, labels: str = "") -> list[str]:
    read = ReadExcerpt(Evidence(1, excerpt, labels), None)
    facts = find_facts(claim, detect(claim).language)
    assert facts, "the claim has no facts to compare"
    found = [look_up(fact, read) for fact in facts]
    for fact, finding in zip(facts, found, strict=True):
        assert fact.text in claim
        if finding.place:
            assert 0 <= finding.place.start < finding.place.end <= len(excerpt)
    pairs = zip(facts, found, strict=True)
    return [fact.text for fact, finding in pairs if not finding.is_there and finding.comparable]


@pytest.mark.parametrize(("claim", "excerpt"), SAME)
def test_the_same_fact_written_in_another_way(claim: str, excerpt: str) -> None:
    assert missing(claim, excerpt) == []


@pytest.mark.parametrize(("claim", "excerpt"), DIFFERENT)
def test_another_fact(claim: str, excerpt: str) -> None:
    assert len(missing(claim, excerpt)) == 1


@pytest.mark.parametrize(
    "claim",
    [
        "市长高度重视，书记任组长，常务副主任负责。",
        "这十分重要，统一部署，千方百计，一些地方。",
        "They may march on, as of old.",
        "四川的三峡。",
        "One of them said so.",
        "第一书记请第三方和大陆的人收拾。",
        "네, 세금은 그렇습니다.",
        "A third party came.",
        "一周一次。",
        "全县的工业区、景区和居民楼都通了路。",
        "他们改造小区，管理委员会和加油站也在内。",
        "到火车站坐车，过立交桥。",
    ],
)
def test_words_that_only_look_like_figures(claim: str) -> None:
    assert find_facts(claim, detect(claim).language) == []


def test_what_stands_above_an_excerpt_counts() -> None:
    assert missing("In 2023 the Harrow Authority paid 20 pounds.", "It paid 20 pounds.") == [
        "2023",
        "Harrow",
        "Authority",
    ]
    assert missing("In 2023 the Harrow Authority paid 20 pounds.", "It paid 20 pounds.", "Harrow Authority: 2023") == []


def test_a_name_in_another_script_cannot_be_compared() -> None:
    assert missing("The county is Lanqiao, with 27 bridges.", "澜桥县有27座桥。") == []


def test_a_long_number_in_other_groups_is_not_said_of_something_else() -> None:
    text = "服务老年人3人。联系电话：0871-6512-3344，传真9。"
    read = ReadExcerpt(Evidence(1, text, ""), None)
    facts = [fact for fact in find_facts("电话是0871-65123344。", "zh") if fact.text == "65123344"]
    findings = [look_up(fact, read) for fact in facts]
    assert findings[0].place == Span(text.index("6512"), text.index("，传真"))
    assert find_misplaced(facts, findings, read, Span(text.index("联系"), len(text))) == findings
