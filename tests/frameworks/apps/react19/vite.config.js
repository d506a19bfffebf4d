import react from '@vitejs/plugin-react'

export default { plugins: [react()], build: { manifest: true, rollupOptions: { input: 'src/client.jsx' } } }
