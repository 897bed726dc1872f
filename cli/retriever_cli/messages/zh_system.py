"""What the operating system says of files and connections, in simplified Chinese, by its words in lower case.

It stands at places of other messages, as ``zh.py`` has them, and is in English whatever the user's language.
"""

from __future__ import annotations

SYSTEM = {
    "no such file or directory": "没有这个文件或文件夹",
    "permission denied": "没有权限",
    "operation not permitted": "不允许这样操作",
    "no space left on device": "磁盘空间已满",
    "disk quota exceeded": "超出磁盘配额",
    "read-only file system": "文件系统是只读的",
    "is a directory": "是文件夹",
    "not a directory": "不是文件夹",
    "directory not empty": "文件夹不是空的",
    "file exists": "文件已存在",
    "file too large": "文件太大",
    "file name too long": "文件名太长",
    "input/output error": "输入输出错误",
    "too many open files": "打开的文件太多",
    "too many open files in system": "系统打开的文件太多",
    "too many levels of symbolic links": "符号链接的层数太多",
    "device or resource busy": "设备或资源正忙",
    "no such device": "没有这个设备",
    "no such device or address": "没有这个设备或地址",
    "stale file handle": "文件句柄已失效",
    "cannot allocate memory": "无法分配内存",
    "connection refused": "连接被拒绝",
    "connection timed out": "连接超时",
    "connection reset by peer": "连接被对方重置",
    "no route to host": "没有到主机的路由",
    "network is unreachable": "网络不可达",
    "address already in use": "地址已被占用",
    "cannot assign requested address": "无法使用所请求的地址",
}
