import { ApplicationConfig, provideZonelessChangeDetection } from '@angular/core'
import { provideClientHydration } from '@angular/platform-browser'
import { provideRouter, withComponentInputBinding } from '@angular/router'
import { Page } from './page'

export const config: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    provideClientHydration(),
    provideRouter(
      [
        { path: '', pathMatch: 'full', component: Page, data: { path: '/' } },
        { path: 'other', component: Page, data: { path: '/other' } }
      ],
      withComponentInputBinding()
    )
  ]
}
