import { z } from 'zod';
import { IPVS_SCHEDULERS } from '../mode/ipvs/schedulers.ts';
import { findModeProblems, MODE_WORDS } from '../mode/words.ts';

/** A version of kube-proxy as a file writes it, or where its binary is. */
export const proxyVersion = z
  .string({
    error:
      'must be text: put the version in quotes, with all three parts, such as "1.36.3" (YAML reads 1.30 as the number 1.3)',
  })
  .regex(
    /^(v?1\.[0-9]+\.[0-9]+\S*|\/.+)$/,
    'must be a version with all three parts, such as "1.36.3", or the absolute path of a binary',
  )
  .meta({ description: 'Version of kube-proxy ("1.36.3") or the absolute path of a binary.' });

const modeName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._#@+-]{0,79}$/,
    'must be 1 to 80 letters, digits or any of . _ # @ + -, the first a letter or digit',
  )
  .meta({ description: 'What the mode is called in tables and charts; needed when the same mode comes twice.' });

const modeObject = z
  .strictObject({
    name: modeName.optional(),
    mode: z
      .enum([...MODE_WORDS, 'as-found'])
      .meta({ description: 'What routes Services; as-found: whatever the cluster runs.' }),
    backend: z.enum(['legacy', 'nft']).optional().meta({ description: 'Flavour of iptables; legacy unless given.' }),
    scheduler: z.enum(IPVS_SCHEDULERS).optional().meta({ description: 'Scheduler of ipvs; rr unless given.' }),
    proxyVersion: proxyVersion.optional(),
  })
  .superRefine((written, context) => {
    for (const { key, message } of findModeProblems(written))
      context.addIssue({ code: 'custom', message, path: [key] });
  });

/** A mode as a file writes it: its plain word, or an object with what is special about it. */
export const writtenMode = z.union([z.enum(MODE_WORDS), modeObject]).meta({
  description:
    'One contestant. iptables is iptables-legacy, ipvs is ipvs-rr; none is the floor: straight to the pods, no rules.',
});
