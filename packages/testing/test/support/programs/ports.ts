import { freePort } from '../../../src/servers.ts'

const ports = []
while (ports.length < 300) ports.push(await freePort())
console.log(`has ${ports.join(' ')}.`)
setInterval(() => {}, 60_000)
