/** HTTP: what a file is, by its content. Names and headers are whatever the sender writes, so they are not looked at. */

export const media_types = ['image/jpeg', 'image/png', 'image/webp', 'application/pdf'] as const

export type MediaType = (typeof media_types)[number]

interface Kind {
  readonly media_type: MediaType
  readonly begins: (content: Buffer) => boolean
  /** Something that was cut off on its way is no evidence. */
  readonly ends: (content: Buffer) => boolean
}

const png_signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const png_end = Buffer.from('IEND\xae\x42\x60\x82', 'latin1')
const jpeg_start = Buffer.from([0xff, 0xd8, 0xff])
const jpeg_end = Buffer.from([0xff, 0xd9])
const start_of_scan = 0xda
const riff_header_bytes = 8
/** Readers of PDF look for its end in the last 1024 bytes. */
const pdf_tail_bytes = 1_024

const kinds: readonly Kind[] = [
  {
    media_type: 'image/png',
    begins: (content) => content.subarray(0, 8).equals(png_signature) && wordAt(content, 12) === 'IHDR',
    ends: (content) => content.includes(png_end),
  },
  {
    media_type: 'image/jpeg',
    begins: (content) => content.subarray(0, 3).equals(jpeg_start),
    ends: (content) => content.includes(jpeg_end, jpegScan(content)),
  },
  {
    media_type: 'image/webp',
    begins: (content) => wordAt(content, 0) === 'RIFF' && wordAt(content, 8) === 'WEBP',
    ends: (content) => content.readUInt32LE(4) + riff_header_bytes <= content.length,
  },
  {
    media_type: 'application/pdf',
    begins: (content) => /^%PDF-[12]\.\d/.test(content.toString('latin1', 0, 8)),
    ends: (content) => content.subarray(-pdf_tail_bytes).includes('%%EOF'),
  },
]

/** `cut_off` where it begins as one of these and does not end; null where it is none of them. */
export function mediaTypeOf(content: Buffer): MediaType | 'cut_off' | null {
  const kind = kinds.find(({ begins }) => begins(content))
  if (kind === undefined) return null
  return kind.ends(content) ? kind.media_type : 'cut_off'
}

/** Where the picture itself begins: the segments before it may hold a small one, with an end of its own. */
function jpegScan(content: Buffer): number {
  let at = 2
  while (at + 4 <= content.length && content[at] === 0xff && content[at + 1] !== start_of_scan)
    at += 2 + content.readUInt16BE(at + 2)
  return at
}

function wordAt(content: Buffer, at: number): string {
  return content.toString('latin1', at, at + 4)
}
