import { Component, ElementRef, OnInit, inject, input } from '@angular/core'
import { DomSanitizer, SafeHtml } from '@angular/platform-browser'

/** A named place whose content may be replaced in the HTML before Angular sees it. `html` is what everybody else gets. */
@Component({ selector: 'abm-slot', template: '<div [attr.data-abm-slot]="name()" data-abm-holds [innerHTML]="content"></div>' })
export class AbmSlot implements OnInit {
  readonly name = input.required<string>()
  readonly html = input.required<string>()
  private readonly host: HTMLElement = inject(ElementRef).nativeElement
  private readonly sanitizer = inject(DomSanitizer)
  protected content: SafeHtml = ''

  ngOnInit() {
    // While Angular hydrates, the host is the server's element: what it holds is what is written again.
    const sent = this.host.querySelector('[data-abm-slot]')?.innerHTML
    this.content = this.sanitizer.bypassSecurityTrustHtml(sent ?? this.html())
  }
}
