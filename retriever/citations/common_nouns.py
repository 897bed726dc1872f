"""Chinese words that end like names of places and organisations but are not names: 工业区, 加油站, 居民楼."""

from __future__ import annotations

# What stands before each ending.
_STEMS = {
    "区": "保护 涵养 开发 示范 试验 实验 服务 工业 商业 生态 风景 旅游 贫困 自治 水源 污染 居住 聚居 功能 行政 "
    "监管 合作 经济 产业 农业 生活 办公 休闲 活动 养殖 种植 缓冲 核心 中心 重点 试点 先导 集聚 聚集 安置 "
    "隔离 风险 受灾 保税 贸易 作业 施工 等候 停车 阅览 展览 住宅 景 灾 矿 校 厂 病 展 库 疫 震 棚",
    "站": "水电 变电 加油 充电 服务 工作 收费 卫生 气象 监测 救助 消防 发电 加气 换电 中转 供水 检查 观测 文化 "
    "回收 客运 货运 泵",
    "车站": "火 汽",
    "村": "贫困 示范 行政 自然 美丽 脱贫 移民 空心 度假 文明 试点 重点 特色 旅游 传统",
    "楼": "住宅 写字 居民 综合 宿舍 办公 教学 商务 门诊 住院 实验",
    "街": "步行 商业 小吃 美食",
    "路": "高速 十字 柏油 水泥",
    "桥": "立交 人行 过街",
    "湖": "堰塞",
    "厅": "办事 服务",
    "政府": "地方 中央 我国 人民 基层",
    "法院": "最高 人民",
    "学校": "民办 职业 公办 寄宿 农村",
    "医院": "综合 专科 定点 公立",
    "小区": "改造 拆除 建设 安置 封闭 居民 智慧 住宅 整治 管理 住房",
    "社区": "改造 建设 智慧 居民 打造",
    "基金": "公募 社保 救助 专项 产业 设立 发展 投资 引导 公益 慈善 维修",
    "协会": "行业",
    "委员会": "管理 居民 村民 专业 组织",
}
_WORDS = frozenset(stem + ending for ending, stems in _STEMS.items() for stem in stems.split())


def is_common(before: str, ending: str) -> bool:
    """Whether an ending with the two characters before it, or with the last of them, is such a word."""
    return before + ending in _WORDS or before[-1] + ending in _WORDS
