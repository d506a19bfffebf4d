/** What the page of every app shows: from outside the component, so that no compiler takes it for constant. */
export const values = {
  name: 'Ada',
  items: ['One', 'Two', 'Three'],
  tone: 'calm',
  tip: 'All our plans',
  url: '/plans',
  shown: true,
  raw: '<p>Raw <b>markup</b></p>',
  slot: '<h2>The usual heading</h2><p>The usual text</p>'
}
