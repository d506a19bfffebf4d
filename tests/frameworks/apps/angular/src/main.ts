import { bootstrapApplication } from '@angular/platform-browser'
import { config } from './config'
import { App } from './app'

bootstrapApplication(App, config).catch(error => console.error(error))
