import { createSSRApp } from 'vue'
import App from './App.vue'

createSSRApp(App, { first: location.pathname }).mount('#app')
