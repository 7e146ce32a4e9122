// A webhook's route as a plugin of Fastify. Only this route gets bodies as bytes.

import { MOST_BODY_BYTES, type OnEvent, type Verifier, answerTo } from './webhook-route.js';

export interface WebhookPluginOptions {
  /** The route's path. */
  url: string;
  webhook: Verifier;
  onEvent: OnEvent;
}

/** What of a Fastify is used. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (
      request: unknown,
      body: Uint8Array,
      done: (error: null, body: Uint8Array) => void,
    ) => void,
  ): unknown;
  post(
    path: string,
    handler: (
      request: {
        body: unknown;
        headers: { readonly [name: string]: string | string[] | undefined };
      },
      reply: { code(status: number): { send(): unknown } },
    ) => Promise<unknown>,
  ): unknown;
}

/** `await app.register(webhookPlugin, { url: '/webhook', webhook, onEvent })` */
export async function webhookPlugin(
  fastify: FastifyLike,
  { url, webhook, onEvent }: WebhookPluginOptions,
): Promise<void> {
  fastify.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: MOST_BODY_BYTES } as const;
  fastify.addContentTypeParser('*', options, (_request, body, done) => done(null, body));
  fastify.post(url, async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    return reply.code(await answerTo(webhook, onEvent, body, request.headers)).send();
  });
}
