"""The tokenisers that invariants are tested with, and a work report written for these tests."""

import pytest
from chunking_tokenizers import characters, triples, words

from retriever.chunking.units import TokenSpans


@pytest.fixture(scope="session", params=[words, characters, triples], ids=["words", "characters", "triples"])
def token_spans(request: pytest.FixtureRequest) -> TokenSpans:
    found: TokenSpans = request.param
    return found


REPORT = """在临河区半年工作会议上的讲话

同志们：
今天会议的任务是总结上半年工作，安排下半年任务。下面讲三点意见。
一、上半年工作稳中有进
上半年全区生产总值增长6.1%。主要做了两方面工作：一是项目建设提速。开工重点项目42个，完成投资31亿元。二是民生保障增强。新建幼儿园3所，加装电梯15部。
二、下半年重点任务
（一）抓好招商引资。围绕装备制造和食品加工两条产业链，开展上门招商，力争签约项目20个。
（二）抓好城市更新。改造老旧小区11个，惠及居民4200户。
1.完善管网。更换供水管道18公里。
2.整治河道。清淤6公里，建设步道。
（三）抓好安全生产
排查企业隐患，落实整改责任。
三、加强作风建设
各部门要少开会、开短会。
"""


@pytest.fixture
def report() -> str:
    return REPORT
