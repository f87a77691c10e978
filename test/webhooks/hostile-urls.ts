/** URLs by which somebody may try to make the server call something inside, `PORT` standing for that of the sink. */

export interface Hostile {
  url: string
  /** What the names in it resolve to, answer after answer (the last one repeats); absent = as the machine has it. */
  answers?: string[][]
}

/** One IPv4 address in every way that parsers, resolvers and tunnels know. */
function spellings(a: number, b: number, c: number, d: number): string[] {
  const value = ((a * 256 + b) * 256 + c) * 256 + d
  const hex = (n: number, width = 0) => n.toString(16).padStart(width, '0')
  const octal = (n: number) => `0${n.toString(8)}`
  const parts = [a, b, c, d]
  const high = hex(a * 256 + b)
  const low = hex(c * 256 + d)
  const hidden = `${hex((a * 256 + b) ^ 0xffff)}:${hex((c * 256 + d) ^ 0xffff)}`
  const digits = (zero: number) =>
    parts.map((part) => [...String(part)].map((one) => String.fromCodePoint(zero + Number(one))).join('')).join('.')
  return [
    parts.join('.'),
    `${parts.join('.')}.`,
    String(value),
    `0x${hex(value)}`,
    `0X${hex(value, 8).toUpperCase()}`,
    octal(value),
    parts.map(octal).join('.'),
    parts.map((part) => `0x${hex(part)}`).join('.'),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${octal(a)}.0x${hex(b)}.${c * 256 + d}`,
    `%${hex('0'.charCodeAt(0) + Number(String(a)[0]))}${parts.join('.').slice(1)}`,
    parts.join('。'),
    digits(0xff10),
    digits(0x1d7ce),
    `[::ffff:${parts.join('.')}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:FFFF:${high}:${low}]`,
    `[::${parts.join('.')}]`,
    `[::ffff:0:${high}:${low}]`,
    `[64:ff9b::${high}:${low}]`,
    `[64:ff9b::${parts.join('.')}]`,
    `[64:ff9b:1::${high}:${low}]`,
    `[2002:${high}:${low}::]`,
    `[2002:${high}:${low}::1]`,
    `[2001:0:${high}:${low}::${hidden}]`,
    `[2001:0:4136:e378:8000:63bf:${hidden}]`,
  ]
}

const INSIDE: [number, number, number, number][] = [
  [127, 0, 0, 1],
  [127, 254, 253, 252],
  [10, 0, 0, 1],
  [172, 16, 0, 1],
  [192, 168, 1, 1],
  [169, 254, 169, 254],
  [100, 64, 0, 1],
  [0, 0, 0, 0],
]

const HOSTS = [
  ...INSIDE.flatMap((address) => spellings(...address)),
  // Zeros, and parts left out.
  '0',
  '00',
  '0x0',
  '0x',
  '127.0.0.01',
  '00000177.0.0.1',
  '0x0000007f.0.0.1',
  // Digits of other scripts and shapes.
  '①②⑦.⓪.⓪.①',
  '¹²⁷.⁰.⁰.¹',
  '₁₂₇.₀.₀.₁',
  '127.0.0｡1',
  '127．0．0．1',
  '1\t27.0.0.1',
  '127\n.0.0.1',
  '127.0.0.1%2e',
  '%31%32%37%2e%30%2e%30%2e%31',
  // The same in IPv6, zones and special ranges.
  '[::1]',
  '[::0001]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::1%25lo]',
  '[::1%lo]',
  '[fe80::1%25eth0]',
  '[fe80::1%eth0]',
  '[::]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff01::1]',
  '[ff02::1]',
  '[2001:db8::1]',
  '[100::1]',
  '[5f00::1]',
  '[4000::1]',
  // Names.
  'localhost',
  'LOCALHOST',
  'LoCaLhOsT',
  'localhost.',
  'localhost..',
  'localhost%2e',
  'localhost。',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'ｌｏｃａｌｈｏｓｔ',
  'receiver.localhost',
  'localhost.localdomain',
  'ip6-localhost',
  'ip6-loopback',
  'printer.local',
  'printer.local.',
  'metadata.google.internal',
  'instance-data.ec2.internal',
  'kubernetes.default.svc.cluster.local',
  'router.home.arpa',
  'nas.lan',
  'wiki.intranet',
]

/** Whole URLs: what stands before, after or instead of the host. */
const URLS = [
  'http://example.com@127.0.0.1:PORT/',
  'http://example.com:80@127.0.0.1:PORT/',
  'http://example.com%2f@127.0.0.1:PORT/',
  'http://example.com%00@127.0.0.1:PORT/',
  'http://user:secret@[::1]:PORT/',
  'http://a@b@127.0.0.1:PORT/',
  'http://example.com\\@127.0.0.1:PORT\\',
  'http://127.0.0.1:PORT\\@example.com/',
  'http://127.0.0.1:PORT#@example.com/',
  'http://127.0.0.1:PORT?@example.com/',
  'http://127.0.0.1:PORT/@example.com',
  'http://127.0.0.1:PORT;example.com/',
  'http:\\\\127.0.0.1:PORT\\',
  'http:/127.0.0.1:PORT/',
  'http:127.0.0.1:PORT/',
  'http:////127.0.0.1:PORT/',
  ' http://127.0.0.1:PORT/ ',
  '\u0000http://127.0.0.1:PORT/',
  'ht\ntp://127.0.0.1:PORT/',
  'HTTP://127.0.0.1:PORT/',
  'https://127.0.0.1:PORT/',
  'https://[::1]:PORT/',
  'http://127.0.0.1:0000PORT/',
  'http://127.0.0.1:\tPORT/',
  'http://127.0.0.1:/',
  'http://127.0.0.1:99999/',
  'http://127.0.0.1:PORT:80/',
  '//127.0.0.1:PORT/',
  '127.0.0.1:PORT',
  'ftp://127.0.0.1:PORT/',
  'gopher://127.0.0.1:PORT/_POST%20/',
  'dict://127.0.0.1:PORT/stat',
  'ldap://127.0.0.1:PORT/',
  'ws://127.0.0.1:PORT/',
  'tftp://127.0.0.1:PORT/',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock/',
  'file:///etc/passwd',
  'javascript:fetch("http://127.0.0.1:PORT/")',
  'data:text/html,<meta http-equiv=refresh content="0;http://127.0.0.1:PORT/">',
  'blob:http://127.0.0.1:PORT/1',
  'view-source:http://127.0.0.1:PORT/',
  'jar:http://127.0.0.1:PORT!/',
]

const PUBLIC = '93.184.216.34'

/** Names of an attacker's own zone. */
const ANSWERS: string[][][] = [
  [['127.0.0.1']],
  [['127.8.8.8']],
  [['::1']],
  [['::ffff:127.0.0.1']],
  [['::ffff:7f00:1']],
  [['::127.0.0.1']],
  [['64:ff9b::7f00:1']],
  [['2002:7f00:1::']],
  [['2001:0:7f00:1::']],
  [['0.0.0.0']],
  [['::']],
  [['10.0.0.5']],
  [['172.31.255.255']],
  [['192.168.0.1']],
  [['169.254.169.254']],
  [['100.100.100.200']],
  [['fe80::1%lo']],
  [['fd00:ec2::254']],
  [['224.0.0.1']],
  [['255.255.255.255']],
  [['nonsense']],
  // Public and private in one answer, either first.
  [[PUBLIC, '127.0.0.1']],
  [['127.0.0.1', PUBLIC]],
  [[PUBLIC, '::1']],
  [['2606:4700::1111', '::ffff:127.0.0.1']],
  // Another answer the second time: rebinding.
  [[PUBLIC], ['127.0.0.1']],
  [[PUBLIC], ['::1']],
  [[PUBLIC], ['0.0.0.0']],
  [[PUBLIC], ['169.254.169.254']],
  [[PUBLIC], [PUBLIC, '127.0.0.1']],
  [[], ['127.0.0.1']],
  [['2606:4700::1111'], ['::ffff:7f00:1']],
]

export const hostile: readonly Hostile[] = [
  // Some spellings of 0.0.0.0 are one.
  ...[...new Set(HOSTS)].map((host) => ({ url: `http://${host}:PORT/` })),
  ...URLS.map((url) => ({ url })),
  ...ANSWERS.map((answers) => ({ url: 'http://hooks.attacker.example:PORT/', answers })),
  ...['HOOKS.Attacker.Example', 'hooks.attacker.example.', 'ⓗooks.attacker.example', 'user@hooks.attacker.example'].map(
    (host) => ({ url: `http://${host}:PORT/`, answers: [['127.0.0.1']] }),
  ),
]

/** How a receiver that may be called points inside. */
export const redirects: readonly { status: number; headers: Record<string, string>; body?: string }[] = [
  ...[300, 301, 302, 303, 307, 308].flatMap((status) =>
    ['http://127.0.0.1:PORT/', 'http://[::1]:PORT/', '//127.0.0.1:PORT/', 'http://2130706433:PORT/'].map(
      (location) => ({ status, headers: { location } }),
    ),
  ),
  { status: 201, headers: { location: 'http://127.0.0.1:PORT/' } },
  { status: 200, headers: { refresh: '0;url=http://127.0.0.1:PORT/' } },
  { status: 200, headers: { link: '<http://127.0.0.1:PORT/>; rel=preload' } },
  { status: 200, headers: { 'alt-svc': 'h2="127.0.0.1:PORT"', 'content-location': 'http://127.0.0.1:PORT/' } },
  {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<meta http-equiv=refresh content="0;http://127.0.0.1:PORT/">',
  },
  { status: 305, headers: { location: 'http://127.0.0.1:PORT/' } },
  { status: 407, headers: { location: 'http://127.0.0.1:PORT/', 'proxy-authenticate': 'Basic' } },
]
