import { component$, useSignal, useVisibleTask$ } from '@builder.io/qwik'
import { useNavigate } from '@builder.io/qwik-city'

export const Page = component$((props: any) => {
  const count = useSignal(0)
  const navigate = useNavigate()
  const other = props.path === '/' ? '/other' : '/'
  useVisibleTask$(() => { (window as any).hydrated = true }, { strategy: 'document-ready' })
  return (
    <main>
      <p id="where">{props.path}</p>
      <h1 id="static-text">Made for everybody</h1>
      <p id="dynamic-text">Hello, {props.name}!</p>
      <ul id="list">{props.items.map((item: string) => <li key={item}>{item}</li>)}</ul>
      <a id="static-link" class="button" title="Contact" href="/contact">Talk to us</a>
      <a id="bound-link" class={props.tone} title={props.tip} href={props.url}>See the plans</a>
      {props.shown && <p id="conditional">For a short time</p>}
      <div id="raw" dangerouslySetInnerHTML={props.raw} />
      <section id="static-box"><p>First</p><p>Second</p></section>
      <section id="dynamic-box"><p>{props.items[0]}</p><p>{props.items[1]}</p></section>
      <p id="witness">Witness</p>
      <div data-abm-slot="hero" data-abm-holds dangerouslySetInnerHTML={props.slot} />
      <button id="count" onClick$={() => count.value++}>Clicked {count.value} times</button>
      <a id="to-other" href={other} preventdefault:click onClick$={() => navigate(other)}>Other page</a>
    </main>
  )
})
