import assert from 'node:assert/strict';
import fs from 'node:fs';

/** Vulkan on the processor, as Debian's chromium and Mesa bring it. */
const drivers = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'];

/** Environment of a process that is to have WebGPU in software; undefined where there is none. */
export function softwareGpuEnvironment(): NodeJS.ProcessEnv | undefined {
  const driver = drivers.find((file) => fs.existsSync(file));
  // With Chromium's own Vulkan loader, for machines that have no other.
  return driver === undefined
    ? undefined
    : { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: '/usr/lib/chromium' };
}

/** The same; the test is skipped, loudly, where there is none. */
export function softwareGpu(test: Mocha.Context): NodeJS.ProcessEnv {
  const environment = softwareGpuEnvironment();
  if (!environment) {
    console.log("      NOT RUN: no Vulkan driver was found for WebGPU (Debian's chromium brings one)");
    if (process.env.CI === 'true') assert.fail('CI has chromium, and with it a software Vulkan driver');
    test.skip();
  }
  return environment;
}
