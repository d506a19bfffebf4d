// njs: the page is collected and replaced at once; a replacement per chunk costs several times as much.
import data from 'data.js';

let page = '';

function header(r) {
    if (data.texts[r.variables.segment]) {
        delete r.headersOut['Content-Length'];
    }
}

function body(r, chunk, flags) {
    const texts = data.texts[r.variables.segment];
    if (!texts) {
        r.sendBuffer(chunk, flags);
        return;
    }
    page += chunk;
    if (!flags.last) {
        return;
    }
    for (let i = 0; i < texts.length; i++) {
        page = page.replace(data.anchors[i], texts[i]);
    }
    r.sendBuffer(page, flags);
}

export default {header, body};
