"""The origin behind every contender: files, and the same files with places that it fills anew for every request."""

from processes import CLIENT_CPU, start_nginx

# /assembled/NAME: the file with its SSI commands carried out. /numbered/NUMBER.html: one page for each number, from the file
# that `numbered` names. SSI costs the origin little, and each contender the same. Such pages have no Content-Length. Without sendfile, a page leaves in one piece.
HTTP = """\
map $request_id $nonce {{ "~^(?<short>.{{22}})" $short; }}
    map $uri $numbered {{ {numbered} }}
"""
SERVER = """\
root {pages};
        ssi_last_modified on;
        output_buffers 1 1m;
        set $filling "{filling}";
        location /assembled/ {{ alias {pages}/; ssi on; sendfile off; }}
        location /numbered/ {{ ssi on; sendfile off; rewrite ^ /$numbered break; }}
"""


def start_origin(folder, pages, numbered="default numbered.html;", filling=0):
    """`numbered`: nginx map from address to file; `filling`: bytes of `$filling`, rounded down to 32."""
    return start_nginx(folder, SERVER.format(pages=pages, filling="$request_id" * (filling // 32)),
                       HTTP.format(numbered=numbered), cpu=CLIENT_CPU)
