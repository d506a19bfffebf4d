import { svelte } from '@sveltejs/vite-plugin-svelte'

export default { plugins: [svelte()], build: { manifest: true, rollupOptions: { input: 'src/client.js' } } }
