// npm leaves out optional packages whose `engines` the Node that it runs under does not meet, and says nothing. The packages run under the Node that they
// bring, so npm, loaded behind this file, takes that one's version for its own. A file of its own, because `--require` wants CommonJS in Node 18.
Object.defineProperty(process, 'version', { value: process.env.BENCH_INSTALL_FOR_NODE });
