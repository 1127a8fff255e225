"""What the course needs around `minidl`, and a reader of the package does not.

    grading      the checks that exercises call, and how a notebook is graded
    chapters     what the pages draw, play and format, a module or more for each
    play         networks in the browser, to play with
    games        board games, minimax and tree search for chapters 32 and 33
    cuda_text    chapter 35: the CUDA kernels' text, and how often a training step starts them
    ranks        chapter 36: functions of a page, run in several processes
    elsewhere    a function of a page in a process of its own
    frames       pictures of sliders, for the website
    formulas     chapter 37: layers as formulas without gradients, for the tape to find them

The others have one subject each, which their names and first lines say: bpe, decoding, generation,
language_model, lora, preferences, rouge, detection, judging, autograd. `minidl` never imports them.
"""
