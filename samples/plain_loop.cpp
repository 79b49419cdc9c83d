// Data parallel training without a wrapper: the loop that everybody starts with. With --wrapped
// DataParallel does the same, and the weights are the same, bit for bit:
//   mpirun -np 2 plain_loop
#include <cstdio>

#include "model_file.h"
#include "options.h"

using namespace tutti;

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    bool wrapped = false;
    std::int64_t steps = 200;
    CLI::App app("Fits a sine by a loop over all-reduces of gradients", "plain_loop");
    app.add_flag("--wrapped", wrapped, "by DataParallel");
    samples::ModelFiles files;
    samples::add_model_files(app, files);
    samples::add_number(app, "--steps", steps, 0, "of training");
    if (samples::parse(app, argc, argv, world.rank())) return;

    Device device = local_device(world);
    std::vector<float> inputs, targets;  // 32 samples a rank
    for (int i = world.rank(); i < 32 * world.size(); i += world.size()) {
      inputs.push_back(static_cast<float>(i) / static_cast<float>(16 * world.size()) - 1);
      targets.push_back(std::sin(3 * inputs.back()));
    }
    Tensor x = Tensor::from(inputs, {32, 1}).to(device);
    Tensor y = Tensor::from(targets, {32, 1}).to(device);

    nn::Sequential model(nn::Linear(1, 64), nn::ReLU(), nn::Linear(64, 1));
    model.initialise(/*seed=*/1, device);  // the same on all ranks
    samples::load_model(world, files, model);
    optim::Sgd sgd(model.parameters(), {.lr = 0.05, .momentum = 0.9});
    float error = 0;
    if (wrapped) {
      parallel::DataParallel parallel_model(world, model);
      for (std::int64_t step = 0; step < steps; ++step) {
        Variable loss = nn::mse_loss(parallel_model(x), y);
        loss.backward();
        sgd.step();
        sgd.zero_grad();
        error = static_cast<float>(loss.item());
      }
    } else {
      Communicator group = with_device(world, device);
      for (std::int64_t step = 0; step < steps; ++step) {
        Variable loss = nn::mse_loss(model(x), y);
        loss.backward();
        for (Parameter& parameter : model.parameters())
          all_reduce(group, parameter.grad(), ReduceOp::average(), {.label = parameter.path});
        sgd.step();
        sgd.zero_grad();
        error = static_cast<float>(loss.item());
      }
    }
    error = all_reduce(world, error, ReduceOp::average());
    const std::string weights = hex(parallel::agreed_digest(world, model));
    samples::save_model(world, files, model);
    if (world.rank() == 0) std::printf("result loss=%.5f weights=%s\n", error, weights.c_str());
  });
}
