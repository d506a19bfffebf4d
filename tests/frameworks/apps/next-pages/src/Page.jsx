import Link from 'next/link'
import { useEffect, useState } from 'react'
import { AbmSlot } from './abm/AbmSlot.jsx'

export function Page({ path, name, items, tone, tip, url, shown, raw, slot }) {
  const [count, setCount] = useState(0)
  useEffect(() => {
    window.hydrated = true
  }, [])
  const other = path === '/' ? '/other' : '/'
  return (
    <main>
      <p id="where">{path}</p>
      <h1 id="static-text">Made for everybody</h1>
      <p id="dynamic-text">Hello, {name}!</p>
      <ul id="list">{items.map(item => <li key={item}>{item}</li>)}</ul>
      <a id="static-link" className="button" title="Contact" href="/contact">Talk to us</a>
      <a id="bound-link" className={tone} title={tip} href={url}>See the plans</a>
      {shown && <p id="conditional">For a short time</p>}
      <div id="raw" dangerouslySetInnerHTML={{ __html: raw }} />
      <section id="static-box"><p>First</p><p>Second</p></section>
      <section id="dynamic-box"><p>{items[0]}</p><p>{items[1]}</p></section>
      <p id="witness">Witness</p>
      <AbmSlot name="hero" html={slot} />
      <button id="count" onClick={() => setCount(count + 1)}>Clicked {count} times</button>
      <Link id="to-other" href={other}>Other page</Link>
    </main>
  )
}
