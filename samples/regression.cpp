#include <tutti/tutti.h>

#include <cmath>
#include <cstdio>

using namespace tutti;

int main(int argc, char** argv) {
  return run(argc, argv, [](Communicator& world) {  // every rank runs this
    Device device = local_device(world);            // this rank's GPU, or the CPU
    std::vector<float> inputs, targets;             // every rank has its own samples
    for (int i = world.rank(); i < 1000; i += world.size()) {
      inputs.push_back(static_cast<float>(i) / 500 - 1);
      targets.push_back(std::sin(3 * inputs.back()));
    }
    auto count = static_cast<std::int64_t>(inputs.size());
    Tensor x = Tensor::from(inputs, {count, 1}).to(device);
    Tensor y = Tensor::from(targets, {count, 1}).to(device);

    nn::Sequential model(nn::Linear(1, 64), nn::ReLU(), nn::Linear(64, 1));
    model.initialise(/*seed=*/1, device);
    parallel::DataParallel parallel_model(world, model);  // rank 0's weights, averaged gradients
    optim::Adam adam(model.parameters(), {.lr = 1e-2});
    float error = 0;
    for (int step = 0; step < 500; ++step) {
      Variable loss = nn::mse_loss(parallel_model(x), y);  // a mean over this rank's samples
      loss.backward();                                     // returns with the mean over all ranks'
      adam.step();
      adam.zero_grad();
      error = static_cast<float>(loss.item());
    }
    all_reduce(world, block_of(&error, 1), ReduceOp::average());
    if (world.rank() == 0)
      std::printf("mean squared error on %d rank(s): %.5f\n", world.size(), error);
  });
}
