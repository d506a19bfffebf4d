/**
 * Runs before anything else in a page. `abmOutline(document)` says what of the page an edit could have changed;
 * `abmFrames` tells what each frame showed, from the moment the whole page was there.
 */
(() => {
  const ROOTS = '#outside, main'
  const ATTRIBUTES = ['id', 'class', 'title', 'href', 'rel', 'hidden']
  const OWN = '#count, #to-other' // change by themselves
  const SKIPPED = 'script, style, template, link'

  function outlineOf(element, lines) {
    // What a script takes out of sight is as good as removed.
    if (element.matches(SKIPPED) || element.style.display === 'none') return
    if (!/^(ASTRO-|NEXT-)/.test(element.tagName)) {
      const attributes = ATTRIBUTES.filter(name => element.hasAttribute(name) && !(name === 'class' && !element.className))
      lines.push(`<${[element.localName, ...attributes.map(name => `${name}=${element.getAttribute(name)}`)].join(' ')}>`)
    }
    if (element.matches(OWN)) return
    let words = ''
    for (const child of element.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) words += child.nodeValue
      if (child.nodeType === Node.ELEMENT_NODE) {
        if (words.trim()) lines.push(words.replace(/\s+/g, ' ').trim())
        words = ''
        outlineOf(child, lines)
      }
    }
    if (words.trim()) lines.push(words.replace(/\s+/g, ' ').trim())
  }

  // The witness is told apart from the rest.
  globalThis.abmOutline = page => {
    const lines = []
    for (const root of page.querySelectorAll(ROOTS)) outlineOf(root, lines)
    const witness = page.getElementById('witness')
    return {
      outline: lines.map(line => line.replace('<p id=witness title=edited>', '<p id=witness>')).join('\n'),
      witness: witness !== null && witness.title === 'edited'
    }
  }

  // Qwik tells of errors by an event only.
  document.addEventListener('qerror', event => console.error(String(event.detail?.error)))

  const frames = []
  globalThis.abmFrames = frames
  const hidden = () => [...document.querySelectorAll('main, main *, #outside, #outside *')]
    .some(element => getComputedStyle(element).visibility === 'hidden')
  const look = now => {
    if (document.getElementById('to-other')) {
      frames.push({ at: now, hydrated: globalThis.hydrated === true, hidden: hidden(), outline: abmOutline(document).outline })
    }
    if (frames.length < 600) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})()
