/** HTTP: a form with one file in it, read into memory. */

import type { FastifyRequest } from 'fastify'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'

export const file_bytes_max = 10 * 1024 * 1024
/** What a form adds to its file. */
export const form_bytes_max = 16 * 1024

const field = 'file'

/** Two parts are read, so that a second one is seen and refused. */
export const form_limits = { fileSize: file_bytes_max, parts: 2, files: 2, fields: 1, fieldSize: 1_024 }

export async function fileIn(request: FastifyRequest): Promise<Buffer | Problem> {
  if (!request.isMultipart()) return problem('unsupported_media_type', { expected: 'multipart/form-data' })
  if (Number(request.headers['content-length'] ?? 0) > file_bytes_max + form_bytes_max) return tooLarge()
  try {
    return await read(request)
  } catch (error) {
    // What is wrong with a form is the sender's: cut off, without a boundary, with too many parts.
    const { code, message } = error as { code?: string; message?: string }
    return code === 'FST_REQ_FILE_TOO_LARGE' ? tooLarge() : notAForm(message ?? 'not a form')
  }
}

async function read(request: FastifyRequest): Promise<Buffer | Problem> {
  let content: Buffer | null = null
  let strange: string | null = null
  for await (const part of request.parts()) {
    if (part.type === 'file' && part.fieldname === field && content === null) {
      content = await part.toBuffer()
      continue
    }
    strange ??= part.fieldname
    if (part.type === 'file') part.file.resume()
  }
  if (strange !== null)
    return problem('invalid_request', { pointer: `/${strange}`, reason: `one field, called ${field}` })
  if (content === null) return problem('invalid_request', { pointer: `/${field}`, reason: 'missing' })
  if (content.length === 0) return problem('invalid_request', { pointer: `/${field}`, reason: 'empty' })
  return content
}

function tooLarge(): Problem {
  return problem('payload_too_large', { pointer: `/${field}`, bytes_max: file_bytes_max })
}

function notAForm(reason: string): Problem {
  return problem('invalid_request', { pointer: '', reason })
}
