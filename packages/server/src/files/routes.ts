/** HTTP: files, for evidence and proofs of payment. Kept as they came, given back as a download and never shown by us. */

import { hash } from 'node:crypto'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { newId } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { findFile, showFile, uploaderOf, type StoredFile } from './files.ts'
import type { Context } from '../http/context.ts'
import { file_bytes_max, fileIn, form_bytes_max, form_limits } from './form.ts'
import { media_types, mediaTypeOf } from './media-type.ts'
import { idempotent } from '../http/idempotent.ts'

/** Files are held in memory while they come and go. */
export const uploads_at_once_max = 8

const Form = Type.Object(
  {
    file: Type.Unsafe({ type: 'string', format: 'binary', description: `One of ${media_types.join(', ')}` }),
  },
  { additionalProperties: false },
)

export function fileRoutes(rooms: FastifyInstance, context: Context): void {
  // A room of its own: nowhere else is a form a body.
  void rooms.register(async (app) => {
    await app.register(multipart, { limits: form_limits })
    let uploads = 0
    app.post(
      '/v1/files',
      {
        schema: {
          tags: ['files'],
          summary: `Upload a file of at most ${file_bytes_max} bytes`,
          consumes: ['multipart/form-data'],
          body: Form,
        },
        config: { scope: 'agreements:write' },
        bodyLimit: file_bytes_max + form_bytes_max,
        // The form is read by hand, and what is in it is looked at closer than a schema can.
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        if (uploads >= uploads_at_once_max) return reply.refuse(problem('overloaded'))
        uploads += 1
        try {
          return await upload(context, request, reply)
        } finally {
          uploads -= 1
        }
      },
    )
    app.get<{ Params: { id: string } }>(
      '/v1/files/:id',
      { schema: { tags: ['files'], summary: 'Download' }, config: { scope: 'agreements:read' } },
      (request, reply) => download(context, request, reply, request.params.id),
    )
  })
}

async function upload(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const content = await fileIn(request)
  if (!Buffer.isBuffer(content)) return reply.refuse(content)
  const media_type = mediaTypeOf(content)
  if (media_type === null || media_type === 'cut_off') return reply.refuse(notTaken(media_type))
  const sha256 = hash('sha256', content, 'buffer')
  // The form around it differs from one sending to the next; a repeat is told by the file.
  request.text = sha256.toString('hex')
  return idempotent(context, request, reply, 201, async (tx) => {
    const now_ms = context.clock.now()
    const file: StoredFile = {
      id: newId(now_ms),
      sha256,
      media_type,
      bytes: content.length,
      ...uploaderOf(request.caller.actor),
      at: new Date(now_ms),
    }
    await tx.run(
      `insert into files (id, sha256, media_type, bytes, content, uploaded_by_kind, uploaded_by, at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [file.id, sha256, media_type, file.bytes, content, file.uploaded_by_kind, file.uploaded_by, file.at],
    )
    return showFile(file)
  })
}

function notTaken(why: 'cut_off' | null): Problem {
  const reason = why === null ? 'by its content it is none of these' : 'it ends too early'
  return problem('invalid_request', { pointer: '/file', reason, allowed: media_types })
}

async function download(
  { db, projections }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  await projections.catchUp('file-uses')
  const file = await findFile(db, request.caller.actor, shown)
  if (file === null) return reply.refuse(problem('not_found', { what: 'file' }))
  const { content } = await db.one<{ content: Buffer }>('select content from files where id = $1', [file.id])
  return reply
    .header('content-type', file.media_type)
    .header('content-disposition', 'attachment')
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cache-control', 'private, no-store')
    .send(content)
}
