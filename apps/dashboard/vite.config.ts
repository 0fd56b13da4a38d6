import { defineConfig } from 'vite'

/** Builds the page into `dist`. Its addresses are relative, so that it works under any path. */
export default defineConfig({
  base: './',
  // Other packages of the workspace are read from their sources, so that none has to be built first.
  resolve: { conditions: ['@sluice/source', 'module', 'browser', 'production'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2023',
    // Every file is a file of its own: the policy of the page forbids most data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
