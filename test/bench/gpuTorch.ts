import { spawnSync } from 'node:child_process';
import type { Sizes } from './gpuWork';
import type { EngineReport } from './gpuEngine';

/** The same work in PyTorch, in float32 throughout; its loss is read after each step as well. */
const program = `
import json, sys, time
try:
    import torch
except ImportError:
    sys.exit("PyTorch is not installed")
if not torch.cuda.is_available():
    sys.exit("PyTorch sees no CUDA device")
sizes = json.loads(sys.argv[1])
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
nn = torch.nn
device = torch.device("cuda")

def gflops(side):
    a, b = torch.rand(side, side, device=device), torch.rand(side, side, device=device)
    def multiply(times):
        for _ in range(times):
            c = a @ b
        return c[0, 0].item()
    multiply(2)
    times = 1
    while True:
        began = time.perf_counter()
        multiply(times)
        took = time.perf_counter() - began
        if took >= 0.5:
            return 2 * side ** 3 * times / took / 1e9
        times = int(times * min(8, max(1.5, 0.6 / took))) + 1

class Last(nn.Module):
    def forward(self, result):
        return result[0][:, -1]

def model(name):
    s = sizes[name]
    if name == "mlp":
        layers = []
        for i, (a, b) in enumerate(zip(s["units"], s["units"][1:])):
            layers += ([nn.ReLU()] if i else []) + [nn.Linear(a, b)]
        return nn.Sequential(*layers), (s["batch"], s["units"][0])
    if name == "cnn":
        f, side = s["filters"], ((s["side"] - 2) // 2 - 2) // 2
        return nn.Sequential(nn.Conv2d(1, f[0], 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(f[0], f[1], 3), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(f[1] * side * side, 10)), (s["batch"], 1, s["side"], s["side"])
    return nn.Sequential(nn.LSTM(s["features"], s["units"], batch_first=True), Last(), nn.Linear(s["units"], 10)), (
        s["batch"], s["steps"], s["features"])

def step_time(name):
    net, shape = model(name)
    net.to(device)
    x = torch.rand(*shape, device=device)
    y = torch.arange(shape[0], device=device) * 7 % 10
    optimizer = torch.optim.Adam(net.parameters())
    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()
    for _ in range(5):
        step()
    times, end = [], time.perf_counter() + 1
    while len(times) < 5 or time.perf_counter() < end:
        began = time.perf_counter()
        step()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[len(times) // 2]

print(json.dumps({
    "device": f"PyTorch {torch.__version__} on {torch.cuda.get_device_name()}",
    "gflops": {str(side): gflops(side) for side in sizes["matMul"]},
    "steps": {name: step_time(name) for name in ("mlp", "cnn", "lstm")},
}))
`;

/** What PyTorch measures on a CUDA device, or why it does not. */
export function measureTorch(sizes: Sizes): EngineReport | string {
  const { error, status, stdout, stderr } = spawnSync('python3', ['-c', program, JSON.stringify(sizes)], {
    encoding: 'utf8',
  });
  if (error) return `python3 did not start: ${error.message}`;
  if (status !== 0) return stderr.trim().split('\n').at(-1) ?? `python3 ended with exit code ${status}`;
  const measured = JSON.parse(stdout) as Pick<EngineReport, 'device' | 'gflops' | 'steps'>;
  return { ...measured, software: false, samples: {} };
}
