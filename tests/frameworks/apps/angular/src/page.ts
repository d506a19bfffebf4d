import { Component, computed, input, signal } from '@angular/core'
import { RouterLink } from '@angular/router'
import { AbmSlot } from './abm/abm-slot'
import { values } from './values.mjs'

@Component({
  selector: 'app-page',
  imports: [AbmSlot, RouterLink],
  template: `
    <main>
      <p id="where">{{ path() }}</p>
      <h1 id="static-text">Made for everybody</h1>
      <p id="dynamic-text">Hello, {{ values().name }}!</p>
      <ul id="list">@for (item of values().items; track item) {<li>{{ item }}</li>}</ul>
      <a id="static-link" class="button" title="Contact" href="/contact">Talk to us</a>
      <a id="bound-link" [class]="values().tone" [title]="values().tip" [href]="values().url">See the plans</a>
      @if (values().shown) {<p id="conditional">For a short time</p>}
      <div id="raw" [innerHTML]="values().raw"></div>
      <section id="static-box"><p>First</p><p>Second</p></section>
      <section id="dynamic-box"><p>{{ values().items[0] }}</p><p>{{ values().items[1] }}</p></section>
      <p id="witness">Witness</p>
      <abm-slot name="hero" [html]="values().slot" />
      <button id="count" (click)="count.set(count() + 1)">Clicked {{ count() }} times</button>
      <a id="to-other" [routerLink]="other()">Other page</a>
    </main>
  `
})
export class Page {
  readonly path = input('/')
  readonly values = signal(values)
  readonly count = signal(0)
  readonly other = computed(() => (this.path() === '/' ? '/other' : '/'))
}
