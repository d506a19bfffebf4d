// Teaches parse5 8.1 what HTML has said of select since 2025: there is no "in select" mode, a select takes nearly
// everything, and it bounds scopes (13.2.4.2, 13.2.6.4.7). Import it before anything is parsed. Chromium 156 builds the
// same trees of the tests' generated pages.
import { html, InsertionMode, Parser } from 'parse5';

const { TAG_ID: $, NS } = html;
const IN_SELECT = [InsertionMode.IN_SELECT, InsertionMode.IN_SELECT_IN_TABLE];
const SCOPE = new Set([$.APPLET, $.CAPTION, $.HTML, $.MARQUEE, $.OBJECT, $.SELECT, $.TABLE, $.TD, $.TEMPLATE, $.TH]);
const HEADINGS = [$.H1, $.H2, $.H3, $.H4, $.H5, $.H6];
const FOREIGN_SCOPE = new Set(['mi', 'mo', 'mn', 'ms', 'mtext', 'annotation-xml']);
const SVG_SCOPE = new Set(['foreignObject', 'desc', 'title']);

function inScope(stack, wanted, more = [], element = null) {
  for (let i = stack.stackTop; i >= 0; i = stack.slotBelow(i)) {
    const node = stack.items[i];
    if (node.namespaceURI === NS.HTML) {
      const tag = stack.tagIDs[i];
      if (wanted.includes(tag) && (!element || element === node)) return true;
      if (SCOPE.has(tag) || more.includes(tag)) return false;
    } else if ((node.namespaceURI === NS.SVG ? SVG_SCOPE : FOREIGN_SCOPE).has(node.tagName)) {
      return false;
    }
  }
  return true;
}

let stackIsPatched = false;
function patchStack(prototype) {
  stackIsPatched = true;
  prototype.hasInScope = function (tag, element) { return inScope(this, [tag], [], element); };
  prototype.hasInListItemScope = function (tag) { return inScope(this, [tag], [$.OL, $.UL]); };
  prototype.hasInButtonScope = function (tag) { return inScope(this, [tag], [$.BUTTON]); };
  prototype.hasNumberedHeaderInScope = function () { return inScope(this, HEADINGS); };
}

const startTag = Parser.prototype._startTagOutsideForeignContent;
const endTag = Parser.prototype._endTagOutsideForeignContent;
const resetMode = Parser.prototype._resetInsertionMode;

Parser.prototype._startTagOutsideForeignContent = function (token) {
  const stack = this.openElements;
  if (!stackIsPatched) patchStack(Object.getPrototypeOf(stack));
  const selectOpen = stack.tagIDs.lastIndexOf($.SELECT, stack.stackTop) > 0 && inScope(stack, [$.SELECT]);
  if (selectOpen) {
    switch (token.tagID) {
      case $.SELECT:
        stack.popUntilTagNamePopped($.SELECT);
        return;
      case $.INPUT:
        stack.popUntilTagNamePopped($.SELECT);
        break;
      case $.OPTION:
        while ([$.DD, $.DT, $.LI, $.OPTION, $.P, $.RB, $.RP, $.RT, $.RTC].includes(stack.currentTagId)) stack.pop();
        break;
      case $.HR:
        if (stack.hasInButtonScope($.P)) this._closePElement();
        stack.generateImpliedEndTags();
        break;
      case $.OPTGROUP:
        stack.generateImpliedEndTags();
        break;
    }
  }
  startTag.call(this, token);
  if (token.tagID === $.SELECT && IN_SELECT.includes(this.insertionMode)) this._resetInsertionMode();
};

Parser.prototype._endTagOutsideForeignContent = function (token) {
  const stack = this.openElements;
  if (!stackIsPatched) patchStack(Object.getPrototypeOf(stack));
  if (token.tagID !== $.SELECT || !stack.hasInScope($.SELECT)) return endTag.call(this, token);
  stack.generateImpliedEndTags();
  stack.popUntilTagNamePopped($.SELECT);
};

Parser.prototype._resetInsertionMode = function () {
  const stack = this.openElements;
  const { indexOfTopmostOf } = stack;
  stack.indexOfTopmostOf = (tags) => indexOfTopmostOf.call(stack, tags.filter((tag) => tag !== $.SELECT));
  resetMode.call(this);
  delete stack.indexOfTopmostOf;
};
